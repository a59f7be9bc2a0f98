import type { FastifyRequest } from 'fastify';
import { readPath } from './request-path.ts';
import type { LogFields } from './server-log.ts';

/**
 * Who asked for what, for the log. The address is the connection's own: forwarding headers are a guest's word. The
 * query is left out, as it may carry a token.
 */
export function readRequestFacts(request: FastifyRequest): LogFields {
  return {
    method: request.method,
    path: readPath(request.raw.url ?? ''),
    address: readAddress(request.ip),
    user_agent: request.headers['user-agent'],
  };
}

/** An IPv4 address without the prefix it has on a socket that listens for both kinds. */
export function readAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
