import { BOOT_STAGES } from '../boot/boot.ts';
import type { Observation } from '../boot/observation.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { RecordedBoot } from '../state/boot-table.ts';

/** Counts what one observation has brought a boot: stages that it reached, and files that it had to ask for again. */
export function countProgress(
  before: RecordedBoot | undefined,
  after: RecordedBoot,
  seen: Observation,
  metrics: Pick<ServerMetrics, 'countRetry' | 'observeStage'>,
): void {
  const known = before?.id === after.id ? before.boot : undefined;
  const { beganAt, reached, files } = after.boot;
  for (const stage of BOOT_STAGES) {
    const at = reached[stage];
    if (at !== undefined && known?.reached[stage] === undefined)
      metrics.observeStage(stage, (at - beganAt) / 1000);
  }
  if (seen.kind !== 'file') return;
  const fetched = files.find(({ file }) => file === seen.file);
  if (fetched !== undefined && fetched.count > 1) metrics.countRetry(seen.file);
}
