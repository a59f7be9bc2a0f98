import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { AdminServerOptions } from './admin-server-options.ts';
import { listHostKeys } from './list-host-keys.ts';
import { renderKnownHosts } from './render-known-hosts.ts';
import { streamSummaries } from './stream-summaries.ts';
import type { VmOverview } from './vm-overview.ts';

/** Adds what is about all VMs: `/vms` and `/known_hosts`. */
export function addListRoutes(
  server: FastifyInstance,
  overview: VmOverview,
  options: AdminServerOptions,
): void {
  server.get('/vms', async (_request, reply) => {
    const json = Readable.from(streamSummaries(await overview.list()));
    return reply.type('application/json; charset=utf-8').send(json);
  });
  server.get('/known_hosts', async (_request, reply) => {
    const text = Readable.from(renderKnownHosts(await listHostKeys(options)));
    return reply.type('text/plain; charset=utf-8').send(text);
  });
}
