import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditLog } from './audit/audit-log.ts';
import { SeedError } from './errors.ts';
import { addHealthRoutes } from './health-routes.ts';
import { describeFailure } from './http-errors.ts';
import { buildFramework, signalClosing } from './http-framework.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { countRequests } from './metrics/count-requests.ts';
import { measureRenders } from './metrics/measure-renders.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import type { Observer } from './observe/observer.ts';
import { addReadyRoutes } from './observe/ready-routes.ts';
import { addReportRoutes } from './observe/report-routes.ts';
import type { SeedObserver } from './observe/seed-observer.ts';
import type { RegisteredVms } from './registration/registered-vms.ts';
import { createSeedRenderer, type SeedRenderer } from './render/seed-renderer.ts';
import { readRequestFacts } from './request-facts.ts';
import { addSeedRoutes } from './seed-routes.ts';
import type { SeedStore } from './seed-store.ts';
import type { ServerLog } from './server-log.ts';
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
export function createSeedServer(options: SeedServerOptions): FastifyInstance {
  const { store, log, observing, audit, metrics = createServerMetrics() } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const renderer = measureRenders(options.renderer ?? createSeedRenderer({ store }), metrics);
  const server = buildFramework({
    limits,
    log,
    tls: options.tls,
    answerFailure: (error, request, reply) => answerFailure(error, request, reply, log),
  });
  const closing = signalClosing(server);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    // Every path has a GET, so what finds no route has another method. Its body is not worth waiting for.
    if (request.is404)
      return reply.code(405).header('allow', 'GET, HEAD').header('connection', 'close').send();
  });
  server.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode === 405) log.warn('method refused', readRequestFacts(request));
  });
  countRequests(server, { metrics, audit });
  addHealthRoutes(server, { store });
  addSeedRoutes(server, {
    store,
    renderer,
    log,
    limits,
    closing,
    seedObserver: observing?.seedObserver,
    publicUrl: options.publicUrl,
    registeredVms: options.registeredVms,
  });
  if (observing !== undefined) {
    addReportRoutes(server, observing);
    addReadyRoutes(server, observing);
  }
  return server;
}

function answerFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: ServerLog,
): FastifyReply {
  const failure = describeFailure(error);
  const facts = {
    ...readRequestFacts(request),
    status: failure.status,
    code: error instanceof SeedError ? error.code : undefined,
    reason: error instanceof Error ? error.message : String(error),
  };
  if (failure.isServerFault) log.error('request failed', facts);
  else log.warn('request refused', facts);
  if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', String(failure.retryAfterSeconds));
  return reply.code(failure.status).type('text/plain; charset=utf-8').send(`${failure.text}\n`);
}
