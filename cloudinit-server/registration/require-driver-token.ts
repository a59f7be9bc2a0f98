import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { createRefusalLimit } from '../refusal-limit.ts';
import { readRequestFacts } from '../request-facts.ts';
import { isSameToken } from '../same-token.ts';
import type { ServerLog } from '../server-log.ts';
import { refuseRequest } from './api-errors.ts';

/** What the check of tokens works with. */
export interface RequireDriverTokenOptions {
  /** Whoever has it is a driver. */
  readonly token: string;
  readonly log: ServerLog;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly metrics: Pick<ServerMetrics, 'countRefusedToken'>;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** What answers without a token: that the process is there. */
const OPEN_ROUTES: readonly (string | undefined)[] = ['/healthz', '/readyz'];

/** Lets nobody through without the token, before a byte of the body is read; also not to paths that do not exist. */
export function requireDriverToken(server: FastifyInstance, options: RequireDriverTokenOptions): void {
  const { token, log, audit, metrics, now } = options;
  const limit = createRefusalLimit(now);
  server.addHook('onRequest', async (request, reply) => {
    if (OPEN_ROUTES.includes(request.routeOptions.url)) return;
    const given = readBearer(request);
    if (given !== undefined && isSameToken(given, token)) return;
    metrics.countRefusedToken('drivers');
    const refusal = limit.refuse();
    if (refusal.kind === 'told') {
      const facts = { ...readRequestFacts(request), refused_before: refusal.untold };
      log.warn('drivers token refused', facts);
      audit.record({ action: 'token-refused', actor: 'driver', facts });
    }
    return refuse(reply, given === undefined);
  });
}

function refuse(reply: FastifyReply, isMissing: boolean): FastifyReply {
  // A body that nobody reads is not waited for.
  reply.header('www-authenticate', 'Bearer realm="cloudinit-server"').header('connection', 'close');
  const found = isMissing ? 'no token was sent' : 'the token is not the one in the file';
  return refuseRequest(reply, 401, 'token-refused', `${found} that the seed server has as --drivers-token`);
}

function readBearer({ headers }: FastifyRequest): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}
