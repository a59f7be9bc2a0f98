import type { FastifyInstance } from 'fastify';
import { signalWhenGone } from '../http-framework.ts';
import { refuseInvalid } from './api-errors.ts';
import type { EventFeed } from './event-feed.ts';
import { parseEventsQuery } from './parse-events-query.ts';

/** Adds `GET /v1/events?node=NAME&after=CURSOR&timeout=25`, which waits for events of the node's VMs. */
export function addEventRoutes(
  server: FastifyInstance,
  { feed, closing }: { readonly feed: EventFeed; readonly closing: AbortSignal },
): void {
  server.get<{ readonly Querystring: Readonly<Record<string, unknown>> }>(
    '/v1/events',
    async (request, reply) => {
      const parsed = parseEventsQuery(request.query);
      if (parsed.kind === 'invalid') return refuseInvalid(reply, 'query-invalid', parsed.problems);
      return feed.wait(parsed.wanted, AbortSignal.any([closing, signalWhenGone(reply)]));
    },
  );
}
