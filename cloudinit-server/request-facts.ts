import type { IncomingHttpHeaders } from 'node:http';
import { readPath } from './request-path.ts';
import type { LogFields } from './server-log.ts';

/** Where a request came from, whatever it came through. */
export interface RequestSource {
  readonly method: string;
  /** The target of its first line. */
  readonly url: string;
  /** The other end of the connection. */
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Who asked for what, for the log. The address is the connection's own: forwarding headers are a guest's word. The
 * query is left out, as it may carry a token.
 */
export function readRequestFacts(request: RequestSource): LogFields {
  return {
    method: request.method,
    path: readPath(request.url),
    address: readAddress(request.ip),
    user_agent: request.headers['user-agent'],
  };
}

/** An IPv4 address without the prefix it has on a socket that listens for both kinds. */
export function readAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
