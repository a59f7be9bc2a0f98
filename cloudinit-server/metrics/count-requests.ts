import type { AuditLog } from '../audit/audit-log.ts';
import { SeedError } from '../errors.ts';
import { createRefusalLimit } from '../refusal-limit.ts';
import { type RequestSource, readRequestFacts } from '../request-facts.ts';
import { classifyRequest } from './classify-request.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** What counting works with. */
export interface CountRequestsOptions {
  readonly metrics: Pick<ServerMetrics, 'countRequest' | 'countRefusedToken'>;
  /** Undefined: nothing is remembered, so there are no tokens. */
  readonly audit: Pick<AuditLog, 'record'> | undefined;
}

/** Counts guests' requests when they are answered, and the tokens of guests that are none. */
export interface RequestCounter {
  countAnswer(request: RequestSource, status: number): void;
  countFailure(request: RequestSource, error: unknown): void;
}

/** Creates one. */
export function createRequestCounter({ metrics, audit }: CountRequestsOptions): RequestCounter {
  const limit = createRefusalLimit(() => Date.now());
  return {
    countAnswer: ({ url }, status) => {
      const kind = classifyRequest(url);
      if (kind !== undefined) metrics.countRequest(kind, status);
    },
    countFailure: (request, error) => {
      if (!(error instanceof SeedError) || error.code !== 'token-unknown') return;
      metrics.countRefusedToken('guests');
      const refusal = limit.refuse();
      if (refusal.kind === 'limited') return;
      const facts = { ...readRequestFacts(request), refused_before: refusal.untold };
      audit?.record({ action: 'token-refused', actor: 'guest', facts });
    },
  };
}
