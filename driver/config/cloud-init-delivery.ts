import type { Delivery } from '../../cloudinit-server/client.ts';
import type { OptionValues } from './option.ts';
import type { ReportProblem } from './problem.ts';
import type { CLOUD_INIT_BLOCK } from './task-blocks.ts';

/** How the guest gets its seed. */
export interface ChosenDelivery {
  readonly delivery: Delivery;
  /** Why, for the account; undefined where it is the usual way or the job's own word. */
  readonly reason: string | undefined;
}

const WAYS = ['auto', 'http', 'disk'] as const;

/** Reads `delivery` and what `auto` goes by. A guest that can fetch nothing gets a disk, where one can be made. */
export function parseDelivery(
  block: OptionValues<(typeof CLOUD_INIT_BLOCK)['options']>,
  { hasNic, hasDisk }: { readonly hasNic: boolean; readonly hasDisk: boolean },
  report: ReportProblem,
): ChosenDelivery {
  const { delivery: given = 'auto', cloud_init_version: version } = block;
  const wanted = WAYS.find(way => way === given);
  if (wanted === undefined) {
    report(
      'config.cloud_init.delivery',
      `${JSON.stringify(given)} is not a way to the guest; write "auto", "http" or "disk"`,
    );
  }
  const cannotFetch = version === undefined ? undefined : parseVersion(version, report);
  if (!hasNic && (wanted === 'http' || (wanted === 'auto' && !hasDisk))) {
    report(
      'config.cloud_init',
      'cannot work without a NIC, as the guest fetches its seed over the network; add a network block such as network { bridge = "br0" }, or write delivery = "disk"',
    );
    return { delivery: 'http', reason: undefined };
  }
  if (wanted === 'http') {
    if (cannotFetch !== undefined)
      report('config.cloud_init.delivery', `"http" is not possible: ${cannotFetch}; write "disk"`);
    return { delivery: 'http', reason: undefined };
  }
  if (wanted === 'disk') return { delivery: 'disk', reason: undefined };
  const reason = hasNic ? cannotFetch : 'the VM has no NIC to fetch it by';
  return { delivery: reason === undefined ? 'http' : 'disk', reason };
}

/** Why a guest with this version cannot fetch its seed; undefined where it can, and after a problem. */
function parseVersion(version: string, report: ReportProblem): string | undefined {
  const [, major, minor, patch = '0'] =
    /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?:[-~+].*)?$/.exec(version) ?? [];
  if (major === undefined) {
    report(
      'config.cloud_init.cloud_init_version',
      `${JSON.stringify(version)} is not a version of cloud-init; write it as "cloud-init --version" prints it in the guest, such as "23.4.1"`,
    );
    return undefined;
  }
  // From 23.4.4 on the serial is read again (canonical/cloud-init, 66b5ce9d5).
  const isAffected = Number(major) === 23 && Number(minor) === 4 && Number(patch) <= 3;
  return isAffected ? `cloud-init ${version} does not find a seed that it has to fetch` : undefined;
}
