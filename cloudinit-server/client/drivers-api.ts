import { SeedError } from '../errors.ts';
import type {
  ApiProblem,
  DriverReport,
  Registration,
  RegistrationRequest,
  VmEvent,
} from './drivers-api-types.ts';
import { describeNetworkError } from './network-error.ts';
import { parseApiError, parseEvents, parseRegistration } from './parse-answers.ts';
import { type JsonAnswer, type JsonRequest, sendJson } from './send-json.ts';
import { parseServerUrl } from './server-url.ts';

/** Where the seed server takes drivers' requests. */
export interface DriversApiOptions {
  /** Of the server's listener for drivers, such as `http://10.77.0.1:8002`. */
  readonly url: string;
  /** What the server's `--drivers-token` file holds. */
  readonly token: string;
  /** Certificates in PEM that the server's is checked against. @default those of the system */
  readonly ca?: string | undefined;
  /** For one answer, in ms; events may take their own time on top. @default {5000} */
  readonly timeoutMs?: number;
}

/** What any request may come to. The texts hold no token. */
export type DriversApiFailure =
  /** The token is not the server's: the operator has to act. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It may work later. `reason` is a clause such as `connection refused: nothing listens there`. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What is wrong with a request: with the job, or with how the driver understands it. */
export interface InvalidRequest {
  readonly kind: 'invalid';
  readonly reason: string;
  readonly problems: readonly ApiProblem[];
}

/** What came of a registration. */
export type RegisterResult =
  | { readonly kind: 'registered'; readonly registration: Registration }
  /** The server has no folder of that name. */
  | { readonly kind: 'seed-unknown'; readonly reason: string }
  | InvalidRequest
  | DriversApiFailure;

/** What came of a report. */
export type ReportResult =
  | { readonly kind: 'reported' }
  /** The VM belongs to another allocation now: nothing of this one counts any more. */
  | { readonly kind: 'allocation-other' }
  /** The server does not know the VM, or has forgotten it: register it again. */
  | { readonly kind: 'unknown' }
  | InvalidRequest
  | DriversApiFailure;

/** What came of taking a VM off. */
export type DeregisterResult = { readonly kind: 'deregistered' } | InvalidRequest | DriversApiFailure;

/** What came of asking for events. */
export type EventsResult =
  /** Go on with `cursor`; none after the wait is an empty list. */
  | { readonly kind: 'events'; readonly events: readonly VmEvent[]; readonly cursor: number }
  | InvalidRequest
  | DriversApiFailure;

/** Which events to ask for. */
export interface EventsQuery {
  /** Of VMs that were registered from this node. */
  readonly node: string;
  /** The cursor of the answer before; 0 is the beginning. */
  readonly after: number;
  /** How long to wait for the first one. @default {25} */
  readonly waitSeconds?: number;
}

/**
 * The seed server as a driver uses it. Every request is safe to send again. Each throws the signal's reason when it
 * is aborted, and nothing else.
 */
export interface DriversApi {
  register(identity: string, request: RegistrationRequest, signal: AbortSignal): Promise<RegisterResult>;
  report(identity: string, report: DriverReport, signal: AbortSignal): Promise<ReportResult>;
  deregister(identity: string, allocId: string, signal: AbortSignal): Promise<DeregisterResult>;
  /** Waits for events after a cursor. An event may come twice when the driver ended before it kept the cursor. */
  events(query: EventsQuery, signal: AbortSignal): Promise<EventsResult>;
}

type Send = (
  method: JsonRequest['method'],
  path: string,
  signal: AbortSignal,
  more?: { readonly body?: unknown; readonly waitMs?: number },
) => Promise<JsonAnswer | DriversApiFailure>;

/**
 * Creates a client. Nothing is sent yet.
 *
 * @throws {SeedError} `server-url-invalid`, or `token-invalid` when the token cannot stand in a header
 */
export function createDriversApi(options: DriversApiOptions): DriversApi {
  const send = createSender(options);
  return {
    register: async (identity, body, signal) => {
      const answer = await send('PUT', vmPath(identity), signal, { body });
      if ('kind' in answer) return answer;
      const registration = answer.status === 200 ? parseRegistration(answer.body) : undefined;
      if (registration !== undefined) return { kind: 'registered', registration };
      const { code, error = '' } = parseApiError(answer.body);
      if (answer.status === 404 && code === 'seed-unknown') return { kind: 'seed-unknown', reason: error };
      return readFailure(answer);
    },
    report: async (identity, body, signal) => {
      const answer = await send('POST', `${vmPath(identity)}/reports`, signal, { body });
      if ('kind' in answer) return answer;
      if (answer.status === 204) return { kind: 'reported' };
      const { code } = parseApiError(answer.body);
      if (answer.status === 409 && code === 'allocation-other') return { kind: 'allocation-other' };
      if (answer.status === 404 && code === 'vm-unknown') return { kind: 'unknown' };
      return readFailure(answer);
    },
    deregister: async (identity, allocId, signal) => {
      const query = new URLSearchParams({ alloc_id: allocId });
      const answer = await send('DELETE', `${vmPath(identity)}?${query}`, signal);
      if ('kind' in answer) return answer;
      return answer.status === 204 ? { kind: 'deregistered' } : readFailure(answer);
    },
    events: async ({ node, after, waitSeconds = 25 }, signal) => {
      const query = new URLSearchParams({ node, after: String(after), timeout: String(waitSeconds) });
      const answer = await send('GET', `v1/events?${query}`, signal, { waitMs: waitSeconds * 1000 });
      if ('kind' in answer) return answer;
      const page = answer.status === 200 ? parseEvents(answer.body) : undefined;
      return page === undefined ? readFailure(answer) : { kind: 'events', ...page };
    },
  };
}

function createSender({ url, token, ca, timeoutMs = 5_000 }: DriversApiOptions): Send {
  const base = parseServerUrl(url.endsWith('/') ? url : `${url}/`);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new SeedError(
      'token-invalid',
      'Cannot use the token for the seed server: it is empty or holds blanks or other characters than ASCII; take the one line of the file that the server names with --drivers-token',
    );
  }
  return async (method, path, signal, { body, waitMs = 0 } = {}) => {
    signal.throwIfAborted();
    const limitMs = timeoutMs + waitMs;
    const deadline = AbortSignal.timeout(limitMs);
    const request = { method, url: new URL(path, base), token, body, ca };
    try {
      return await sendJson({ ...request, signal: AbortSignal.any([signal, deadline]) });
    } catch (error) {
      signal.throwIfAborted();
      const reason = deadline.aborted ? `no answer within ${limitMs} ms` : describeNetworkError(error);
      return { kind: 'unreachable', reason };
    }
  };
}

function vmPath(identity: string): string {
  return `v1/vms/${encodeURIComponent(identity)}`;
}

function readFailure({ status, body }: JsonAnswer): InvalidRequest | DriversApiFailure {
  const { code, error, problems = [] } = parseApiError(body);
  if (status === 401 && code === 'token-refused') return { kind: 'refused', reason: error ?? code };
  const isAboutRequest = status >= 400 && status < 500 && code !== undefined;
  if (isAboutRequest && error !== undefined) return { kind: 'invalid', reason: error, problems };
  const found = error ?? 'is this the address that the server has for drivers?';
  return { kind: 'unreachable', reason: `status ${status} from it: ${found}` };
}
