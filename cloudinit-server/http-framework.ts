import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { answerClientError } from './client-error.ts';
import type { ServerLimits } from './limits.ts';
import { MAX_TARGET_LENGTH } from './request-path.ts';
import type { ServerLog } from './server-log.ts';
import type { TlsKeys } from './tls-files.ts';

/** What differs between two listeners. */
export interface FrameworkOptions {
  readonly limits: ServerLimits;
  readonly log: ServerLog;
  /** Undefined: plain HTTP. */
  readonly tls: TlsKeys | undefined;
  /** Answers what failed, wherever it failed. */
  readonly answerFailure: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

/** A framework whose listener is on a network: every request has limits, and no forwarding header is believed. */
export function buildFramework(options: FrameworkOptions): FastifyInstance {
  const { limits, log, tls, answerFailure } = options;
  const http = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckMs,
  };
  const server = fastify({
    trustProxy: false,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.connectionTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // What is still asked on an open connection while the server stops is answered as ever.
    return503OnClosing: false,
    // Only whole targets are limited, by parseRequestPath.
    routerOptions: { maxParamLength: 2 * MAX_TARGET_LENGTH + limits.maxHeaderBytes },
    http,
    ...(tls !== undefined && {
      serverFactory: (handler: RequestListener) => createTlsServer({ ...http, ...tls }, handler, limits),
    }),
    frameworkErrors: answerFailure,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, log),
  });
  server.setErrorHandler(answerFailure);
  return server;
}

/** With the time limits that the framework gives a server of its own making. */
function createTlsServer(options: ServerOptions, handler: RequestListener, limits: ServerLimits): Server {
  const server = createServer(options, handler);
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.setTimeout(limits.connectionTimeoutMs);
  return server;
}

/**
 * Aborted when the server begins to stop, so that nobody is kept waiting. An answer that is in flight then would leave a
 * connection to wait for: it is closed.
 */
export function signalClosing(server: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  server.addHook('preClose', async () => closing.abort());
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing.signal.aborted) reply.header('connection', 'close');
    done();
  });
  return closing.signal;
}

/** Lets routes of a scope be sent any body, of a kilobyte at most, which nobody looks at. */
export function ignoreBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 1024 }, (_request, _body, done) =>
    done(null),
  );
}

/** Aborted when the client has gone away, or has its answer. */
export function signalWhenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
