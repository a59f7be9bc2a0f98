import { buildNoCloudSerial, buildSeedUrl, checkSeed } from '../../cloudinit-server/client.ts';
import type { SeedSource } from '../../qemu/vm-spec.ts';
import type { PublicSeed } from '../config/cloud-init-config.ts';
import type { ReportProblem } from '../config/problem.ts';
import { DriverError } from '../errors.ts';

/**
 * Asks the seed server for the VM's seed before the VM is started: a guest whose seed is missing boots without users
 * and keys, and one whose server is down loses those it had.
 *
 * @returns what names the seed to the guest; undefined after a problem.
 * @throws DriverError `not-ready` when the server does not answer.
 */
export async function checkPublicSeed(
  { server, seed }: PublicSeed,
  report: ReportProblem,
  signal: AbortSignal,
): Promise<SeedSource | undefined> {
  const answer = await checkSeed(server, seed, { signal });
  switch (answer.kind) {
    case 'found':
      return { kind: 'serial', serial: buildNoCloudSerial(buildSeedUrl(server, seed)) };
    case 'unknown':
      report('config.cloud_init.seed', describeUnknownSeed(seed, server));
      return undefined;
    case 'registered':
      report('config.cloud_init.seed', describeRegisteredSeed(seed, server));
      return undefined;
    case 'unreachable':
      throw notReady(server, answer.reason);
  }
}

/** A clause for a seed that the server does not have. */
export function describeUnknownSeed(seed: string, server: string): string {
  return `"${seed}" is unknown to the seed server ${server}; create the folder "${seed}" with user-data among its seeds, or name one that exists`;
}

function describeRegisteredSeed(seed: string, server: string): string {
  return `the seed server ${server} gives "${seed}" to registered VMs only, as another node has registered one with it; add cloudinit_api to the plugin's config of this node, or run the server with --by-path all`;
}

/** For a server that guests could not fetch from. */
export function notReady(server: string, reason: string): DriverError {
  return new DriverError(
    'not-ready',
    `Cannot start the VM yet: its seed server ${server} (config.cloud_init.server) does not answer: ${reason}; start it, or correct the address`,
  );
}
