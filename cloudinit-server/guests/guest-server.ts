import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Socket } from 'node:net';
import { answerClientError } from '../client-error.ts';
import type { ServerLimits } from '../limits.ts';
import type { Listener } from '../open-listener.ts';
import type { ServerLog } from '../server-log.ts';
import type { TlsKeys } from '../tls-files.ts';
import type { GuestAnswer } from './guest-answer.ts';
import { GuestRequest } from './guest-request.ts';

/** What the server for guests works with. */
export interface GuestServerOptions {
  readonly limits: ServerLimits;
  readonly log: ServerLog;
  /** Undefined: plain HTTP. */
  readonly tls: TlsKeys | undefined;
  /** Answers a request, whatever it is; never rejects. */
  readonly answer: (request: GuestRequest) => Promise<GuestAnswer>;
  /** Aborted when the server begins to stop, so that nobody is kept waiting. */
  readonly closing: AbortController;
}

/** A server for guests. */
export interface GuestServer extends Listener {
  readonly server: Server;
}

/** What every answer says. */
const COMMON_HEADERS = ['cache-control', 'no-store', 'x-content-type-options', 'nosniff'];

/**
 * HTTP/1.1 for guests: every request has limits, every answer goes out at once and whole. It stands on Node's own
 * server, without a framework: guests open a connection for each of some 70 requests, so a third of a framework's time
 * would be all that is left for what they ask.
 *
 * It does not listen yet.
 */
export function createGuestServer(options: GuestServerOptions): GuestServer {
  const { limits, log, tls, answer, closing } = options;
  const server = buildServer(limits, tls, (message, response) => {
    void answer(new GuestRequest(message, response)).then(given =>
      send(response, given, closing.signal.aborted),
    );
  });
  server.timeout = limits.connectionTimeoutMs;
  server.on('clientError', (error, socket) => {
    // Typed as any stream; a listener on a network has sockets only.
    if (socket instanceof Socket) answerClientError(error, socket, log);
  });
  return {
    server,
    listen: async ({ host, port }) => {
      server.listen({ host, port });
      await once(server, 'listening');
    },
    close: async () => {
      closing.abort();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

function buildServer(limits: ServerLimits, tls: TlsKeys | undefined, listener: RequestListener): Server {
  const options = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckMs,
  };
  return tls === undefined
    ? createServer(options, listener)
    : createTlsServer({ ...options, ...tls }, listener);
}

/** @param isLast an answer that was in flight when the server began to stop would leave a connection to wait for */
function send(response: ServerResponse, answer: GuestAnswer, isLast: boolean): void {
  const { status, type, body, headers = {} } = answer;
  const lines: (string | number)[] = [...COMMON_HEADERS];
  if (type !== undefined) lines.push('content-type', type);
  if (body !== undefined) lines.push('content-length', body.length);
  for (const [name, value] of Object.entries(headers)) lines.push(name, value);
  if (isLast) lines.push('connection', 'close');
  response.writeHead(status, lines);
  response.end(body);
}
