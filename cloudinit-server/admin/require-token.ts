import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { createRefusalLimit } from '../refusal-limit.ts';
import { readRequestFacts } from '../request-facts.ts';
import { isSameToken } from '../same-token.ts';
import type { ServerLog } from '../server-log.ts';
import { readCredentials } from './read-credentials.ts';

/** What monitoring and ssh ask, which keep no secrets; no more is told there than what is public on the LAN. */
const OPEN_ROUTES: readonly (string | undefined)[] = ['/healthz', '/readyz', '/metrics', '/known_hosts'];

const METHODS_THAT_READ: readonly string[] = ['GET', 'HEAD'];

/** What the check of tokens works with. */
export interface RequireTokenOptions {
  /** Whoever has it is an admin. */
  readonly token: string;
  readonly log: ServerLog;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly metrics: Pick<ServerMetrics, 'countRefusedToken'>;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * Lets nobody through without the token, but to {@link OPEN_ROUTES}; also not to paths that do not exist.
 *
 * A browser sends its Basic password along with whatever any page makes it send, so what changes something must then
 * come from a page of ours (Fetch Metadata, `sec-fetch-site`).
 */
export function requireToken(server: FastifyInstance, options: RequireTokenOptions): void {
  const { token, log, audit, metrics, now } = options;
  const limit = createRefusalLimit(now);
  server.addHook('onRequest', async (request, reply) => {
    if (OPEN_ROUTES.includes(request.routeOptions.url)) return;
    const given = readCredentials(request.headers.authorization);
    if (given.kind === 'none')
      return askForToken(
        reply,
        'this needs the admin token; a browser sends it as the password of any user, and the log says which file it is in',
      );
    if (!isSameToken(given.token, token)) {
      metrics.countRefusedToken('admin');
      const refusal = limit.refuse();
      if (refusal.kind === 'limited') return askToWait(reply, refusal.untilMs);
      const facts = { ...readRequestFacts(request), refused_before: refusal.untold };
      log.warn('admin token refused', facts);
      audit.record({ action: 'token-refused', actor: 'admin', facts });
      return askForToken(reply, 'this is not the admin token');
    }
    if (given.kind === 'basic' && !isFromOurPage(request))
      return reply.code(403).send({ error: 'a browser may ask this from a page of this server only' });
  });
}

function isFromOurPage({ method, headers }: FastifyRequest): boolean {
  return METHODS_THAT_READ.includes(method) || headers['sec-fetch-site'] === 'same-origin';
}

function askForToken(reply: FastifyReply, error: string): FastifyReply {
  return reply
    .code(401)
    .header('www-authenticate', 'Basic realm="cloudinit-server", charset="UTF-8"')
    .send({ error });
}

function askToWait(reply: FastifyReply, ms: number): FastifyReply {
  return reply
    .code(429)
    .header('retry-after', String(Math.ceil(ms / 1000)))
    .send({ error: 'this is not the admin token, and too many others were not either' });
}
