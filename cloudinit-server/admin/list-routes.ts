import type { FastifyInstance } from 'fastify';
import type { AdminServerOptions } from './admin-server-options.ts';
import { listHostKeys } from './list-host-keys.ts';
import { listSummaries } from './list-summaries.ts';
import { renderKnownHosts } from './render-known-hosts.ts';

/** Adds what is about all VMs: `/vms` and `/known_hosts`. */
export function addListRoutes(server: FastifyInstance, options: AdminServerOptions): void {
  server.get('/vms', async () => ({ vms: await listSummaries(options) }));
  server.get('/known_hosts', async (_request, reply) => {
    return reply.type('text/plain; charset=utf-8').send(renderKnownHosts(await listHostKeys(options)));
  });
}
