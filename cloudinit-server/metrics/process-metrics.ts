import type { MetricFamily } from './metric-family.ts';

/** The server's process, by the names that Prometheus' own clients have. */
export function buildProcessMetrics(): readonly MetricFamily[] {
  const { user, system } = process.cpuUsage();
  return [
    gauge('process_resident_memory_bytes', 'Memory of the server.', process.memoryUsage.rss()),
    gauge(
      'process_start_time_seconds',
      'When the server started, since the epoch.',
      performance.timeOrigin / 1000,
    ),
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'Processor time of the server.',
      samples: [{ value: (user + system) / 1e6 }],
    },
  ];
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, type: 'gauge', help, samples: [{ value }] };
}
