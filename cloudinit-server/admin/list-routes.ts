import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { readVmName } from '../vm-name.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { listSummaries, VMS_AT_ONCE } from './list-summaries.ts';
import { renderKnownHosts, type VmHostKeys } from './render-known-hosts.ts';

/** Adds what is about all VMs: `/vms` and `/known_hosts`. */
export function addListRoutes(server: FastifyInstance, options: AdminServerOptions): void {
  server.get('/vms', async () => ({ vms: await listSummaries(options) }));
  server.get('/known_hosts', async (_request, reply) => {
    return reply.type('text/plain; charset=utf-8').send(renderKnownHosts(await listHostKeys(options)));
  });
}

async function listHostKeys({ observer, state }: AdminServerOptions): Promise<readonly VmHostKeys[]> {
  const all: VmHostKeys[] = [];
  for (const [index, vm] of observer.listVms().entries()) {
    if (index % VMS_AT_ONCE === VMS_AT_ONCE - 1) await letOthersRun();
    all.push({ seed: readVmName(vm.key), keys: state.hostKeys.list(vm.id) });
  }
  return all;
}
