import { InvalidArgumentError } from 'commander';
import type { VmSummary } from '../../cloudinit-server/admin/vm-report.ts';
import { compareVersions } from '../../cloudinit-server/validate/schema/compare-versions.ts';
import type { CliIo } from '../io.ts';
import { type AdminApiOptions, askServer } from './admin-api.ts';

/** Instead of a version: what each VM had when the seed server last saw it. */
const SEEN = 'seen';

/** Finds the cloud-init of a seed's VMs, such as "22.4.2"; undefined for the newest that this program knows. */
export type FindGuestVersion = (seedPath: string) => string | undefined;

/** Reads the argument of `--cloud-init`. @throws {InvalidArgumentError} when it is none */
export function parseGuestVersion(text: string): string {
  if (text === SEEN || /^\d+\.\d+[\w.+~-]*$/.test(text)) return text;
  throw new InvalidArgumentError(`Write a version such as 22.4.2, or ${SEEN}.`);
}

/**
 * What to judge seeds by.
 *
 * @throws when a seed server has to be asked and gives no answer; the message says what to do
 */
export async function readGuestVersions(
  wanted: string | undefined,
  server: AdminApiOptions,
  io: CliIo,
): Promise<FindGuestVersion> {
  if (wanted !== SEEN) return () => wanted;
  // Our own server's answer, of the same version.
  const { vms } = JSON.parse(
    await askServer(server, { aim: 'ask which cloud-init guests have', path: '/vms' }, io),
  ) as {
    readonly vms: readonly VmSummary[];
  };
  return seedPath => {
    const versions = vms.flatMap(vm => (vm.seed === seedPath ? (vm.cloud_init ?? []) : []));
    // What the oldest takes, all VMs of this seed take.
    return versions.toSorted(compareVersions)[0];
  };
}
