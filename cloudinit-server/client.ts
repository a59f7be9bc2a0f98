import { buildSeedUrl } from './client/build-seed-url.ts';
import { describeNetworkError } from './client/network-error.ts';

// This file is the door for the driver: what is not named here is the server's own.
export { buildNoCloudSerial } from './client/build-nocloud-serial.ts';
export { buildRegisteredSeedUrl } from './client/build-seed-url.ts';
export { checkServer, type ServerCheck } from './client/check-server.ts';
export {
  createDriversApi,
  type DeregisterResult,
  type DriversApi,
  type DriversApiFailure,
  type DriversApiOptions,
  type EventsQuery,
  type EventsResult,
  type InvalidRequest,
  type RegisterResult,
  type ReportResult,
} from './client/drivers-api.ts';
export {
  type AddressSource,
  type ApiProblem,
  type Delivery,
  type DriverReport,
  MAX_CONSOLE_TAIL_BYTES,
  type Registration,
  type RegistrationFinding,
  type RegistrationRequest,
  type ReportedAddress,
  type VmEvent,
  type VmEventBody,
  type VmEventKind,
} from './client/drivers-api-types.ts';
export { parseSeedName } from './client/parse-seed-name.ts';
export { type LocalVm, renderLocalSeed } from './client/render-local-seed.ts';
export type { InstanceIdPolicy } from './render/instance-id.ts';
export { INSTANCE_ID_POLICIES } from './render/instance-id.ts';
export { SEED_FILES, type SeedFile } from './seed-files.ts';
export { buildSeedUrl };

/** What the seed server says about a seed. */
export type SeedCheck =
  | { readonly kind: 'found'; readonly url: string }
  /** The server answers, and has no such seed: the job is wrong. */
  | { readonly kind: 'unknown'; readonly url: string }
  /** It is for VMs that drivers register. */
  | { readonly kind: 'registered'; readonly url: string }
  /** It may work later. `reason` is a clause such as `connection refused`. */
  | { readonly kind: 'unreachable'; readonly url: string; readonly reason: string };

/** How long to wait for the server. */
export interface CheckSeedOptions {
  readonly signal: AbortSignal;
  /** @default {3000} */
  readonly timeoutMs?: number;
}

/** What a guest must get to be who it is; a web server with one of them missing fails it as much as with none. */
const NEEDED_FILES = ['meta-data', 'user-data'] as const;

/**
 * Asks a seed server, ours or any web server that serves the same folder, whether it would give a guest this seed.
 * Nothing of the seed itself is transferred.
 *
 * @throws {SeedError} `server-url-invalid` or `seed-name-invalid`; the signal's reason when it is aborted
 */
export async function checkSeed(
  serverUrl: string,
  seed: string,
  options: CheckSeedOptions,
): Promise<SeedCheck> {
  const url = buildSeedUrl(serverUrl, seed);
  const { signal, timeoutMs = 3000 } = options;
  signal.throwIfAborted();
  const deadline = AbortSignal.timeout(timeoutMs);
  const request = { method: 'HEAD', signal: AbortSignal.any([signal, deadline]) };
  try {
    const answers = await Promise.all(NEEDED_FILES.map(file => fetch(`${url}${file}`, request)));
    const failed = answers.find(answer => !answer.ok);
    if (failed === undefined) return { kind: 'found', url };
    // 410: gone for good, said by servers other than ours.
    if (failed.status === 404 || failed.status === 410) return { kind: 'unknown', url };
    // 423, Locked: only our own server says so, while 403 is any server's word for a file that it may not read.
    if (failed.status === 423) return { kind: 'registered', url };
    return { kind: 'unreachable', url, reason: describeStatus(failed.status) };
  } catch (error) {
    signal.throwIfAborted();
    const reason = deadline.aborted ? `no answer within ${timeoutMs} ms` : describeNetworkError(error);
    return { kind: 'unreachable', url, reason };
  }
}

function describeStatus(status: number): string {
  const cure = status === 503 ? ': it cannot read its seeds at the moment, its log says why' : '';
  return `status ${status} where 200 or 404 was expected${cure}`;
}
