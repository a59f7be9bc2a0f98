import { checkBridge } from '../../qemu/check-bridge.ts';
import { QemuError } from '../../qemu/errors.ts';
import { deriveMacAddress } from '../../qemu/mac-address.ts';
import type { NicSpec, PortForward } from '../../qemu/vm-spec.ts';
import type { NetworkConfig } from '../config/network-config.ts';
import type { ReportProblem } from '../config/problem.ts';
import type { TaskConfig } from '../config/task-config.ts';
import type { TaskRequest } from '../task-request.ts';
import { planGuestDns } from './guest-dns.ts';

/** What the NICs are checked against. */
export interface NetworkCheck {
  readonly config: TaskConfig;
  readonly request: TaskRequest;
  readonly identity: string;
  readonly bridgeHelperPath: string | undefined;
  /** Who uses what on this node now; NICs are known by their MAC addresses. */
  readonly holders: ReadonlyMap<string, string>;
}

/** Turns the job's networks into NICs, each checked against this node. NICs with a problem are left out. */
export async function checkNetworks(check: NetworkCheck, report: ReportProblem): Promise<readonly NicSpec[]> {
  const forwards = planForwards(check.config.ports, check.request, report);
  const dns = planGuestDns(check.request.dns);
  const nics: NicSpec[] = [];
  for (const [index, network] of check.config.networks.entries()) {
    const path = `config.network[${index}]`;
    const macAddress = network.macAddress ?? deriveMacAddress(check.identity, index);
    checkHolder(macAddress, check.holders, path, report);
    const isFirstUser = network.mode === 'user' && !nics.some(nic => nic.mode === 'user');
    if (network.mode === 'user')
      nics.push({ mode: 'user', macAddress, forwards: isFirstUser ? forwards : [], dns });
    else nics.push(...(await bridgeNic(network, macAddress, check, path, report)));
  }
  return nics;
}

async function bridgeNic(
  network: Extract<NetworkConfig, { mode: 'bridge' }>,
  macAddress: string,
  check: NetworkCheck,
  path: string,
  report: ReportProblem,
): Promise<readonly NicSpec[]> {
  if (check.request.networkNamespacePath !== undefined) {
    report(
      `${path}.bridge`,
      `"${network.bridge}" is out of reach, as the group's network puts the VM into a namespace of its own; remove the group's network mode, or use mode = "user" here`,
    );
    return [];
  }
  try {
    const helperPath = await checkBridge(network.bridge, {
      uid: process.getuid?.() ?? 0,
      ...(check.bridgeHelperPath === undefined ? {} : { helperPaths: [check.bridgeHelperPath] }),
    });
    return [{ mode: 'bridge', bridge: network.bridge, macAddress, helperPath }];
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    report(`${path}.bridge`, error.message);
    return [];
  }
}

function checkHolder(
  macAddress: string,
  holders: ReadonlyMap<string, string>,
  path: string,
  report: ReportProblem,
): void {
  const holder = holders.get(macAddress);
  if (holder === undefined) return;
  report(
    `${path}.mac`,
    `"${macAddress}" is in use by ${holder} on this node; stop that VM, or give this one another address`,
  );
}

function planForwards(
  ports: ReadonlyMap<string, number>,
  request: TaskRequest,
  report: ReportProblem,
): readonly PortForward[] {
  return [...ports].flatMap(([label, guestPort]) => {
    const port = request.resources.ports.find(candidate => candidate.label === label);
    if (port === undefined) {
      report(
        `config.port_map.${label}`,
        `has no port "${label}" to forward; add port "${label}" {} to the group's network block`,
      );
      return [];
    }
    return [{ hostAddress: port.hostAddress, hostPort: port.hostPort, guestPort }];
  });
}
