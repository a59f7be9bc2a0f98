import type { SeedRenderer } from '../render/seed-renderer.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** A renderer whose work is measured, also when it fails. */
export function measureRenders(
  renderer: SeedRenderer,
  metrics: Pick<ServerMetrics, 'observeRender'>,
): SeedRenderer {
  return {
    ...renderer,
    render: async (file, target) => {
      const beganAt = performance.now();
      try {
        return await renderer.render(file, target);
      } finally {
        metrics.observeRender(file, (performance.now() - beganAt) / 1000);
      }
    },
  };
}
