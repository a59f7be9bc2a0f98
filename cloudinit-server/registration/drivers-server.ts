import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MAX_API_BODY_BYTES } from '../client/drivers-api-types.ts';
import { readMessage, SeedError } from '../errors.ts';
import { addHealthRoutes } from '../health-routes.ts';
import { buildFramework, signalClosing } from '../http-framework.ts';
import { DEFAULT_LIMITS, type ServerLimits } from '../limits.ts';
import { readRequestFacts } from '../request-facts.ts';
import type { SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import type { ServerState } from '../state/state.ts';
import type { TlsKeys } from '../tls-files.ts';
import { refuseRequest } from './api-errors.ts';
import type { EventFeed } from './event-feed.ts';
import { addEventRoutes } from './event-routes.ts';
import { addRegistrationRoutes, type RegistrationRouteOptions } from './registration-routes.ts';
import { type RequireDriverTokenOptions, requireDriverToken } from './require-driver-token.ts';

/** What the server for drivers works with. */
export interface DriversServerOptions extends RegistrationRouteOptions, RequireDriverTokenOptions {
  readonly store: SeedStore;
  readonly state: ServerState;
  readonly feed: EventFeed;
  readonly log: ServerLog;
  /** Undefined: plain HTTP. */
  readonly tls: TlsKeys | undefined;
  /** @default {DEFAULT_LIMITS} */
  readonly limits?: Partial<ServerLimits>;
}

/**
 * The server for the drivers of the cluster's nodes: they register VMs, tell what they see of them, and are told how
 * they boot. JSON both ways; every answer that is none of 2xx has `{ error, code }`. What was answered 2xx is on record.
 * It does not listen yet.
 */
export function createDriversServer(options: DriversServerOptions): FastifyInstance {
  const { store, state, feed, log } = options;
  const server = buildFramework({
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    log,
    tls: options.tls,
    answerFailure: (error, request, reply) => answerFailure(error, request, reply, log),
  });
  const closing = signalClosing(server);
  server.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  });
  requireDriverToken(server, options);
  // Whatever it is called, it is read as JSON by us, so that each mistake gets an answer of ours.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    '*',
    { parseAs: 'string', bodyLimit: MAX_API_BODY_BYTES },
    (_request, body, done) => done(null, body),
  );
  server.setNotFoundHandler((_request, reply) =>
    refuseRequest(reply, 404, 'not-found', 'there is no such path for drivers; the seed server may be older'),
  );
  const check = async () => {
    await store.check();
    state.check();
  };
  addHealthRoutes(server, { store: { check } });
  addRegistrationRoutes(server, options);
  addEventRoutes(server, { feed, closing });
  return server;
}

function answerFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: ServerLog,
): FastifyReply {
  const reason = readMessage(error);
  const code = error instanceof SeedError ? error.code : undefined;
  const status = readStatus(error);
  const facts = { ...readRequestFacts(request), status, code, reason };
  if (status === 413) {
    log.warn('request of a driver refused', facts);
    return refuseRequest(reply, 413, 'body-too-large', `the body has more than ${MAX_API_BODY_BYTES} bytes`);
  }
  if (status < 500) {
    log.warn('request of a driver refused', facts);
    return refuseRequest(reply, status, 'not-found', 'this is no request of a driver');
  }
  log.error('request of a driver failed', facts);
  const text = 'the seed server cannot read its seeds or write its state at the moment, its log says why';
  return refuseRequest(reply, 503, 'unavailable', text);
}

/** Of the framework's own errors; everything else is a fault here, and worth another attempt. */
function readStatus(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 503;
  return status >= 400 && status < 500 ? status : 503;
}
