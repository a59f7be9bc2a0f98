import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { readSeedPath } from '../observe/observer.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { renderKnownHosts, type VmHostKeys } from './render-known-hosts.ts';
import { renderMetrics } from './render-metrics.ts';
import { PAGE_POLICY, renderPage } from './render-page.ts';
import { buildVmSummary, type VmSummary } from './vm-report.ts';

/** After so many VMs guests get their turn: the first list after a start reads every one from disk. */
const VMS_AT_ONCE = 100;

/** Adds what is about all VMs: the page `/`, and `/vms`, `/known_hosts` and `/metrics`. */
export function addListRoutes(server: FastifyInstance, options: AdminServerOptions): void {
  server.get('/', async (_request, reply) => {
    const page = renderPage(await listSummaries(options), new Date(options.now()));
    return reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(page);
  });
  server.get('/vms', async () => ({ vms: await listSummaries(options) }));
  server.get('/known_hosts', async (_request, reply) => {
    return reply.type('text/plain; charset=utf-8').send(renderKnownHosts(await listHostKeys(options)));
  });
  server.get('/metrics', async (_request, reply) => {
    const text = renderMetrics(await listSummaries(options));
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
  });
}

async function listSummaries({ observer, now }: AdminServerOptions): Promise<readonly VmSummary[]> {
  const summaries: VmSummary[] = [];
  for (const [index, vm] of observer.listVms().entries()) {
    if (index % VMS_AT_ONCE === VMS_AT_ONCE - 1) await letOthersRun();
    summaries.push(buildVmSummary(readSeedPath(vm), observer.newestBoot(vm), now()));
  }
  return summaries.sort((a, b) => (a.seed < b.seed ? -1 : 1));
}

async function listHostKeys({ observer, state }: AdminServerOptions): Promise<readonly VmHostKeys[]> {
  const all: VmHostKeys[] = [];
  for (const [index, vm] of observer.listVms().entries()) {
    if (index % VMS_AT_ONCE === VMS_AT_ONCE - 1) await letOthersRun();
    all.push({ seed: readSeedPath(vm), keys: state.hostKeys.list(vm.id) });
  }
  return all;
}
