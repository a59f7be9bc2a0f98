import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../audit/audit-log.ts';
import { SeedError } from '../errors.ts';
import { createRefusalLimit } from '../refusal-limit.ts';
import { readRequestFacts } from '../request-facts.ts';
import { classifyRequest } from './classify-request.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** What counting works with. */
export interface CountRequestsOptions {
  readonly metrics: Pick<ServerMetrics, 'countRequest' | 'countRefusedToken'>;
  /** Undefined: nothing is remembered, so there are no tokens. */
  readonly audit: Pick<AuditLog, 'record'> | undefined;
}

/** Counts guests' requests when they have been answered, and the tokens of guests that are none. */
export function countRequests(server: FastifyInstance, { metrics, audit }: CountRequestsOptions): void {
  const limit = createRefusalLimit(() => Date.now());
  server.addHook('onError', async (request, _reply, error: unknown) => {
    if (!(error instanceof SeedError) || error.code !== 'token-unknown') return;
    metrics.countRefusedToken('guests');
    const refusal = limit.refuse();
    if (refusal.kind === 'limited') return;
    const facts = { ...readRequestFacts(request), refused_before: refusal.untold };
    audit?.record({ action: 'token-refused', actor: 'guest', facts });
  });
  server.addHook('onResponse', async (request, reply) => {
    const kind = classifyRequest(request.raw.url ?? '');
    if (kind !== undefined) metrics.countRequest(kind, reply.statusCode);
  });
}
