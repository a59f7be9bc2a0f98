import type { FastifyInstance } from 'fastify';
import type { MetricFamily } from '../metrics/metric-family.ts';
import { buildProcessMetrics } from '../metrics/process-metrics.ts';
import { EXPOSITION_TYPE, renderExposition } from '../metrics/render-exposition.ts';
import type { SeedFindings } from '../seed-check/seed-findings.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { buildVmMetrics } from './vm-metrics.ts';
import type { VmOverview } from './vm-overview.ts';

const SEVERITIES = ['error', 'warning'] as const;

/** Adds `/metrics`, for Prometheus. */
export function addMetricsRoute(
  server: FastifyInstance,
  overview: VmOverview,
  { metrics, audit, seedFindings }: AdminServerOptions,
): void {
  server.get('/metrics', async (_request, reply) => {
    const text = renderExposition([
      ...buildVmMetrics(await overview.list()),
      ...metrics.read(),
      buildFindingMetric(seedFindings),
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

function buildFindingMetric(findings: SeedFindings): MetricFamily {
  const samples = SEVERITIES.map(severity => ({ labels: { severity }, value: findings.count(severity) }));
  const help = 'What is wrong with seeds as they are now.';
  return { name: 'cloudinit_seed_findings', type: 'gauge', help, samples };
}
