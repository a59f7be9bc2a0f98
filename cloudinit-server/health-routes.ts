import type { FastifyInstance } from 'fastify';
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
