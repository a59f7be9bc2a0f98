import { answerSeedRequest, type SeedRequestOptions } from './answer-seed-request.ts';
import type { AuditLog } from './audit/audit-log.ts';
import { readMessage, SeedError } from './errors.ts';
import { buildTextAnswer, type GuestAnswer } from './guests/guest-answer.ts';
import type { GuestRequest } from './guests/guest-request.ts';
import { createGuestServer, type GuestServer } from './guests/guest-server.ts';
import { answerHealth } from './health-routes.ts';
import { describeFailure } from './http-errors.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { createRequestCounter } from './metrics/count-requests.ts';
import { measureRenders } from './metrics/measure-renders.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { answerReady } from './observe/answer-ready.ts';
import { answerReport } from './observe/answer-report.ts';
import type { Observer } from './observe/observer.ts';
import type { SeedObserver } from './observe/seed-observer.ts';
import { createRefusalLimit } from './refusal-limit.ts';
import type { RegisteredVms } from './registration/registered-vms.ts';
import { createSeedRenderer, type SeedRenderer } from './render/seed-renderer.ts';
import { readRequestFacts } from './request-facts.ts';
import type { SeedStore } from './seed-store.ts';
import type { LogFields, ServerLog } from './server-log.ts';
import type { RegistrationTable } from './state/registration-table.ts';
import type { TlsKeys } from './tls-files.ts';

/** What a seed server is made of. */
export interface SeedServerOptions {
  readonly store: SeedStore;
  readonly log: ServerLog;
  /** @default {DEFAULT_LIMITS} */
  readonly limits?: Partial<ServerLimits>;
  /** Guests are asked to report, and what they do is noted. @default {undefined} */
  readonly observing?: Observing | undefined;
  /** @default renders what is in the store, by no policies of its own */
  readonly renderer?: SeedRenderer;
  /** VMs that drivers have registered. @default {undefined} */
  readonly registeredVms?: RegisteredVms | undefined;
  /** Undefined: plain HTTP. */
  readonly tls?: TlsKeys | undefined;
  /** The server as guests reach it, without a slash at the end. @default where each of them has connected to */
  readonly publicUrl?: string | undefined;
  /** @default counted for nobody */
  readonly metrics?: ServerMetrics;
  /** @default nothing is kept */
  readonly audit?: Pick<AuditLog, 'record'>;
}

/** What it takes to observe guests. */
export interface Observing {
  readonly observer: Observer;
  readonly seedObserver: SeedObserver;
  readonly registrations: RegistrationTable;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * The server for guests: HTTP/1.1, `GET` and `HEAD` only but for reports, no accounts, every answer complete or an error
 * of one line. It does not listen yet.
 *
 * URL space: `/healthz`, `/readyz`, `POST /-/…/<token>` and `/-/ready/…` while guests are observed,
 * `/-/vm/<token>/<file>` for registered VMs, and `/<seed>/<file>` for everything else.
 */
export function createSeedServer(options: SeedServerOptions): GuestServer {
  const { store, log, observing, audit, metrics = createServerMetrics() } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const closing = new AbortController();
  const seeds: SeedRequestOptions = {
    store,
    renderer: measureRenders(options.renderer ?? createSeedRenderer({ store }), metrics),
    log,
    limits,
    closing: closing.signal,
    seedObserver: observing?.seedObserver,
    publicUrl: options.publicUrl,
    registeredVms: options.registeredVms,
  };
  const counter = createRequestCounter({ metrics, audit });
  const tellRefused = createRefusalTeller(log);
  const answer = async (request: GuestRequest): Promise<GuestAnswer> => {
    try {
      return (await chooseAnswer(request, seeds, observing)) ?? refuseMethod(request, tellRefused);
    } catch (error) {
      counter.countFailure(request, error);
      return answerFailure(error, request, { log, tellRefused });
    }
  };
  const answerAndCount = async (request: GuestRequest) => {
    const given = await answer(request);
    counter.countAnswer(request, given.status);
    return given;
  };
  return createGuestServer({ limits, log, tls: options.tls, closing, answer: answerAndCount });
}

/** @returns undefined for a method that is not for guests @throws whatever keeps the request from being answered as it wants */
async function chooseAnswer(
  request: GuestRequest,
  seeds: SeedRequestOptions,
  observing: Observing | undefined,
): Promise<GuestAnswer | undefined> {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD') {
    const health = await answerHealth(request.url, seeds.store);
    const ready = observing && answerReady(request.url, observing);
    return health ?? ready ?? (await answerSeedRequest(request, seeds));
  }
  return method === 'POST' && observing !== undefined ? await answerReport(request, observing) : undefined;
}

/** Says in the log what was refused, up to a limit: anybody may ask in vain as often as they like. */
type RefusalTeller = (message: string, facts: LogFields) => void;

function createRefusalTeller(log: ServerLog): RefusalTeller {
  const limit = createRefusalLimit(() => Date.now());
  return (message, facts) => {
    const refusal = limit.refuse();
    if (refusal.kind === 'told') log.warn(message, { ...facts, refused_before: refusal.untold });
  };
}

function refuseMethod(request: GuestRequest, tellRefused: RefusalTeller): GuestAnswer {
  tellRefused('method refused', readRequestFacts(request));
  return METHOD_REFUSED;
}

/** The body of such a request is not worth waiting for. */
const METHOD_REFUSED: GuestAnswer = {
  status: 405,
  body: Buffer.alloc(0),
  headers: { allow: 'GET, HEAD', connection: 'close' },
};

function answerFailure(
  error: unknown,
  request: GuestRequest,
  { log, tellRefused }: { readonly log: ServerLog; readonly tellRefused: RefusalTeller },
): GuestAnswer {
  const { status, text, retryAfterSeconds, isServerFault } = describeFailure(error);
  const facts = {
    ...readRequestFacts(request),
    status,
    code: error instanceof SeedError ? error.code : undefined,
    reason: readMessage(error),
  };
  if (isServerFault) log.error('request failed', facts);
  else tellRefused('request refused', facts);
  return buildTextAnswer(status, text, {
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    // What is still coming is not waited for.
    ...(status === 413 && { connection: 'close' }),
  });
}
