import type { Registration, RegistrationRequest } from '../../cloudinit-server/client.ts';
import type { CloudInitApiConfig } from '../config/cloud-init-api.ts';
import type { ReportProblem } from '../config/problem.ts';
import { DriverError } from '../errors.ts';
import { openApi } from './open-api.ts';
import { reportApiProblems } from './report-api-problems.ts';

/**
 * Tells the seed server of a VM before it is started.
 *
 * @returns undefined after a reported problem.
 * @throws DriverError `not-ready` when the server does not answer; `node-unfit` when it refuses this node.
 */
export async function register(
  api: CloudInitApiConfig,
  identity: string,
  request: RegistrationRequest,
  report: ReportProblem,
  signal: AbortSignal,
): Promise<Registration | undefined> {
  const result = await openApi(api).register(identity, request, signal);
  switch (result.kind) {
    case 'registered':
      return result.registration;
    case 'seed-unknown':
      report(
        'config.cloud_init.seed',
        `"${request.seed}" is unknown to the seed server ${api.url}; create the folder "${request.seed}" with user-data among its seeds, or name one that exists`,
      );
      return undefined;
    case 'invalid':
      if (result.problems.length === 0)
        report('config.cloud_init', `was refused by the seed server: ${result.reason}`);
      reportApiProblems(result.problems, report);
      return undefined;
    case 'refused':
      throw new DriverError(
        'node-unfit',
        `Cannot register the VM: the seed server ${api.url} refuses the token in "${api.tokenFile}" (cloudinit_api.token_file in the plugin's config); copy the server's --drivers-token file there`,
      );
    case 'unreachable':
      throw new DriverError(
        'not-ready',
        `Cannot start the VM yet: the seed server's listener for drivers ${api.url} (cloudinit_api.url in the plugin's config) does not answer: ${result.reason}; start it, or correct the address`,
      );
  }
}
