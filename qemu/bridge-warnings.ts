import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the kernel's settings are. */
export interface BridgeSettings {
  /** @default {'/sys/class/net'} */
  readonly sysClassNet?: string;
  /** @default {'/proc/sys/net/bridge/bridge-nf-call-iptables'} */
  readonly filterPath?: string;
}

/**
 * Settings of a bridge that VMs suffer from: each a clause with what to do, without the bridge's name.
 *
 * Measured with Linux 6.1: STP keeps a new port silent for 30 s, while DHCP clients give up; with frames handed to
 * iptables, a FORWARD policy of DROP cuts guests off from each other and not from the host.
 */
export async function findBridgeWarnings(
  bridge: string,
  settings: BridgeSettings = {},
): Promise<readonly string[]> {
  const { sysClassNet = '/sys/class/net', filterPath = '/proc/sys/net/bridge/bridge-nf-call-iptables' } =
    settings;
  const read = (file: string) => readSetting(join(sysClassNet, bridge, 'bridge', file));
  const [stp, delay, filter, ownFilter] = await Promise.all([
    read('stp_state'),
    read('forward_delay'),
    readSetting(filterPath),
    read('nf_call_iptables'),
  ]);
  const warnings: string[] = [];
  // In hundredths of a second, and waited for twice; at least 2 s are set when STP is on.
  if (stp !== undefined && stp > 0)
    warnings.push(
      `STP keeps a new VM off the LAN for ${Math.round(((delay ?? 1500) * 2) / 100)} s; turn it off or set a forward delay of 2 s`,
    );
  if (filter === 1 || ownFilter === 1)
    warnings.push(
      `iptables filters what VMs send each other (bridge-nf-call-iptables = 1); accept ${bridge} to ${bridge} in FORWARD, or set it to 0`,
    );
  return warnings;
}

async function readSetting(path: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(path, 'utf8'), 10);
  } catch {
    // ENOENT: the module is not loaded, or the bridge has just gone.
    return undefined;
  }
}
