import type { FastifyInstance } from 'fastify';
import { buildProcessMetrics } from '../metrics/process-metrics.ts';
import { EXPOSITION_TYPE, renderExposition } from '../metrics/render-exposition.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { listSummaries } from './list-summaries.ts';
import { buildVmMetrics } from './vm-metrics.ts';

/** Adds `/metrics`, for Prometheus. */
export function addMetricsRoute(server: FastifyInstance, options: AdminServerOptions): void {
  const { metrics, audit } = options;
  server.get('/metrics', async (_request, reply) => {
    const text = renderExposition([
      ...buildVmMetrics(await listSummaries(options)),
      ...metrics.read(),
      {
        name: 'cloudinit_audit_entries_lost_total',
        type: 'counter',
        help: 'Entries of the audit log that could not be written; they are in the log of the server.',
        samples: [{ value: audit.countLost() }],
      },
      ...buildProcessMetrics(),
    ]);
    return reply.type(EXPOSITION_TYPE).send(text);
  });
}
