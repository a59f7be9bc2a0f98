import type { FastifyReply } from 'fastify';
import { SeedError } from '../errors.ts';
import { describeUnknownVm } from './vm-routes.ts';

/** Why nothing was done, or would be. */
type Hindrance = { readonly kind: 'unknown' } | { readonly kind: 'refused'; readonly reason: string };

/**
 * Answers what somebody wants with a VM: 404 for one that is not known, 409 where it cannot be, 503 while that is not known.
 *
 * @param build the body of an answer to what can be
 */
export async function answerOutcome<Found extends { readonly plan: object }>(
  reply: FastifyReply,
  name: string,
  ask: () => Promise<Found | Hindrance>,
  build: (found: Found) => object,
): Promise<object> {
  try {
    const outcome = await ask();
    if ('plan' in outcome) return build(outcome);
    if (outcome.kind === 'unknown') return await reply.code(404).send({ error: describeUnknownVm(name) });
    return await reply.code(409).send({ error: outcome.reason });
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    // Who has the token may know what this host's paths are.
    return reply.code(503).send({ error: error.message });
  }
}
