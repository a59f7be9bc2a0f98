import type { FastifyInstance } from 'fastify';
import { buildTextAnswer, type GuestAnswer } from './guests/guest-answer.ts';
import type { SeedStore } from './seed-store.ts';

/**
 * Adds `GET /healthz` (the process answers) and `GET /readyz` (seeds can be read). Both are left out of the log, as
 * they are asked every few seconds.
 */
export function addHealthRoutes(
  server: FastifyInstance,
  options: { readonly store: Pick<SeedStore, 'check'> },
): void {
  server.get('/healthz', (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  server.get('/readyz', async (_request, reply) => {
    await options.store.check();
    return reply.type('text/plain; charset=utf-8').send('ok\n');
  });
}

/** The same for the listener of guests; undefined when the target is neither. @throws {SeedError} when seeds can't be read */
export async function answerHealth(
  target: string,
  store: Pick<SeedStore, 'check'>,
): Promise<GuestAnswer | undefined> {
  const [path = ''] = target.split('?', 1);
  if (path !== '/healthz' && path !== '/readyz') return undefined;
  if (path === '/readyz') await store.check();
  return buildTextAnswer(200, 'ok');
}
