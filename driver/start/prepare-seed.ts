import {
  buildNoCloudSerial,
  buildRegisteredSeedUrl,
  checkServer,
  type Registration,
  type RegistrationRequest,
} from '../../cloudinit-server/client.ts';
import type { SeedSource } from '../../qemu/vm-spec.ts';
import { gatherSeedFiles } from '../cloud-init/gather-files.ts';
import { buildRegistrationRequest } from '../cloud-init/registration-request.ts';
import { summariseFindings } from '../cloud-init/summarise-findings.ts';
import type { CloudInitConfig, RegisteredSeed } from '../config/cloud-init-config.ts';
import type { ReportProblem } from '../config/problem.ts';
import { prepareLocalSeed } from './local-seed.ts';
import type { PreparedSeed, SeedTarget } from './prepared-seed.ts';
import { checkPublicSeed, notReady } from './public-seed.ts';

/**
 * Makes sure that the guest gets its seed.
 *
 * @returns undefined after a reported problem.
 * @throws DriverError `not-ready` when the seed server does not answer; `node-unfit` when it refuses this node.
 */
export async function prepareSeed(
  cloudInit: CloudInitConfig,
  target: SeedTarget,
  report: ReportProblem,
  signal: AbortSignal,
): Promise<PreparedSeed | undefined> {
  switch (cloudInit.kind) {
    case 'public': {
      const source = await checkPublicSeed(cloudInit, report, signal);
      return source && { source, remarks: [] };
    }
    case 'local':
      return prepareLocalSeed(cloudInit, target, report);
    case 'registered':
      return prepareRegistered(cloudInit, target, report, signal);
  }
}

async function prepareRegistered(
  cloudInit: RegisteredSeed,
  target: SeedTarget,
  report: ReportProblem,
  signal: AbortSignal,
): Promise<PreparedSeed | undefined> {
  const { request: task, identity, seeds } = target;
  if (seeds === undefined) throw new TypeError('Only a plugin with cloudinit_api makes such a config');
  const files = await gatherSeedFiles(cloudInit.files, task.taskDir, report);
  if (files === undefined) return undefined;
  if (cloudInit.delivery === 'http') {
    const answer = await checkServer(cloudInit.server, { signal });
    if (answer.kind === 'unreachable') throw notReady(cloudInit.server, answer.reason);
  }
  const request = buildRegistrationRequest(target, cloudInit, files);
  const registered = await seeds.register(identity, request, report, signal);
  if (registered === undefined) return undefined;
  const { registration, cursor } = registered;
  return {
    source: chooseSource(request, registration),
    remarks: [describeDelivery(cloudInit, registration)],
    findings: summariseFindings(registration.findings),
    registration: { request, cursor },
  };
}

/** A URL that holds the VM's token must not stand where all of the node can read it. */
function chooseSource({ guest_url }: RegistrationRequest, { seed_path, files }: Registration): SeedSource {
  if (files !== null) return { kind: 'disk', files };
  return { kind: 'secret-serial', serial: buildNoCloudSerial(buildRegisteredSeedUrl(guest_url, seed_path)) };
}

function describeDelivery(
  { delivery, deliveryReason }: RegisteredSeed,
  { instance_id }: Registration,
): string {
  const why = deliveryReason === undefined ? '' : `: ${deliveryReason}`;
  const way = delivery === 'disk' ? `seed on a disk${why}` : 'seed by URL';
  return `registered with the seed server as instance ${instance_id}, ${way}`;
}
