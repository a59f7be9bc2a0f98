import { readMessage } from '../../qemu/error-message.ts';
import { parseMacAddress } from '../../qemu/mac-address.ts';
import type { OptionValues } from './option.ts';
import type { Personality } from './personality.ts';
import type { ReportProblem } from './problem.ts';
import type { TASK_OPTIONS } from './task-options.ts';

/** One NIC as the job wants it. Without a MAC address the VM's identity gives one. */
export type NetworkConfig =
  | { readonly mode: 'bridge'; readonly bridge: string; readonly macAddress?: string }
  | { readonly mode: 'user'; readonly macAddress?: string };

type Given = OptionValues<typeof TASK_OPTIONS>;

/** PCI slots 3 to 15 are the NICs'. */
const MAX_NICS = 13;
/** Linux: IFNAMSIZ is 16 with the closing zero byte. */
const MAX_BRIDGE_NAME_BYTES = 15;

/**
 * Reads the NICs, and which guest ports are to be reached from outside by label.
 *
 * A `port_map` needs a user-mode network. The drop-in `qemu` adds one, as the built-in driver does.
 */
export function parseNetworks(
  given: Given,
  personality: Personality,
  report: ReportProblem,
): { readonly networks: readonly NetworkConfig[]; readonly ports: ReadonlyMap<string, number> } {
  const written = given.network.map((block, index) =>
    parseNetwork(block, `config.network[${index}]`, report),
  );
  checkRepeatedMacs(written, report);
  const ports = parsePorts(given.port_map, report);
  const needsUserNetwork = ports.size > 0 && !given.network.some(({ mode }) => mode === 'user');
  if (needsUserNetwork && personality === 'vm') {
    report(
      'config.port_map',
      'needs a network that forwards ports; add a network block with mode = "user", or reach the VM at its own address and remove port_map',
    );
  }
  const networks = written.filter(network => network !== undefined);
  if (needsUserNetwork && personality === 'qemu') networks.push({ mode: 'user' });
  if (networks.length > MAX_NICS) {
    report('config.network', `makes ${networks.length} NICs, but a VM has room for ${MAX_NICS}; remove some`);
  }
  return { networks, ports };
}

function parseNetwork(
  block: Given['network'][number],
  path: string,
  report: ReportProblem,
): NetworkConfig | undefined {
  const mac = block.mac === undefined ? undefined : parseMac(block.mac, `${path}.mac`, report);
  const macPart = mac === undefined ? {} : { macAddress: mac };
  switch (block.mode ?? 'bridge') {
    case 'bridge':
      if (block.bridge === undefined) {
        report(
          `${path}.bridge`,
          'is missing; name the bridge of the node, such as bridge = "br0", or write mode = "user"',
        );
        return undefined;
      }
      checkBridgeName(block.bridge, `${path}.bridge`, report);
      return { mode: 'bridge', bridge: block.bridge, ...macPart };
    case 'user':
      if (block.bridge !== undefined) {
        report(
          `${path}.bridge`,
          `is ${JSON.stringify(block.bridge)}, but a user-mode network has no bridge; remove bridge or mode`,
        );
      }
      return { mode: 'user', ...macPart };
    default:
      report(`${path}.mode`, `${JSON.stringify(block.mode)} is not a network mode; write "bridge" or "user"`);
      return undefined;
  }
}

function parseMac(text: string, path: string, report: ReportProblem): string | undefined {
  try {
    return parseMacAddress(text);
  } catch (error) {
    report(path, readMessage(error));
    return undefined;
  }
}

/** What the kernel takes as an interface name (dev_valid_name), and no shell or qemu option trips over. */
function checkBridgeName(name: string, path: string, report: ReportProblem): void {
  const found = JSON.stringify(name);
  if (Buffer.byteLength(name) > MAX_BRIDGE_NAME_BYTES) {
    report(
      path,
      `${found} is longer than the ${MAX_BRIDGE_NAME_BYTES} letters an interface name may have; write the bridge's name as "ip link" shows it`,
    );
  } else if (!/^[A-Za-z0-9_.@-]+$/.test(name) || name === '.' || name === '..') {
    report(
      path,
      `${found} cannot be the name of a bridge; write letters, digits, ".", "_" and "-" only, such as "br0"`,
    );
  }
}

function checkRepeatedMacs(networks: readonly (NetworkConfig | undefined)[], report: ReportProblem): void {
  const firstIndexByMac = new Map<string, number>();
  for (const [index, network] of networks.entries()) {
    const mac = network?.macAddress;
    if (mac === undefined) continue;
    const first = firstIndexByMac.get(mac);
    if (first === undefined) firstIndexByMac.set(mac, index);
    else
      report(
        `config.network[${index}].mac`,
        `"${mac}" is also the MAC address of config.network[${first}]; give each NIC its own, or remove both to have them derived`,
      );
  }
}

function parsePorts(given: Given['port_map'], report: ReportProblem): ReadonlyMap<string, number> {
  const ports = given ?? new Map<string, number>();
  for (const [label, port] of ports) {
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      report(
        `config.port_map.${label}`,
        `${port} is not a port of the guest; write a whole number from 1 to 65535`,
      );
    }
  }
  return ports;
}
