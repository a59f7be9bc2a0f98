import { buildNoCloudSerial, buildSeedUrl, checkSeed } from '../../cloudinit-server/client.ts';
import type { SeedSource } from '../../qemu/vm-spec.ts';
import type { CloudInitConfig } from '../config/cloud-init-config.ts';
import type { ReportProblem } from '../config/problem.ts';
import { DriverError } from '../errors.ts';

/**
 * Asks the seed server for the VM's seed before the VM is started: a guest whose seed is missing boots without users
 * and keys, and one whose server is down loses those it had.
 *
 * @returns what names the seed to the guest; undefined after a problem.
 * @throws DriverError `not-ready` when the server does not answer.
 */
export async function checkCloudInit(
  cloudInit: CloudInitConfig,
  report: ReportProblem,
  signal: AbortSignal,
): Promise<SeedSource | undefined> {
  const { server, seed } = cloudInit;
  const answer = await checkSeed(server, seed, { signal });
  switch (answer.kind) {
    case 'found':
      return { kind: 'serial', serial: buildNoCloudSerial(buildSeedUrl(server, seed)) };
    case 'unknown':
      report(
        'config.cloud_init.seed',
        `"${seed}" is unknown to the seed server ${server}; create the folder "${seed}" with user-data among its seeds, or name one that exists`,
      );
      return undefined;
    case 'unreachable':
      throw new DriverError(
        'not-ready',
        `Cannot start the VM yet: its seed server ${server} (config.cloud_init.server) does not answer: ${answer.reason}; start it, or correct the address`,
      );
  }
}
