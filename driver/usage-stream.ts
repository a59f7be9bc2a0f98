import { setTimeout as delay } from 'node:timers/promises';
import type { Task } from './task.ts';
import { type TaskUsage, UsageMeter } from './task-stats.ts';

/** What a task's VM uses, once a period, until it has ended or the signal aborts. */
export async function* watchUsage(
  task: Task,
  options: { readonly periodMs: number; readonly coreMhz: number },
  signal: AbortSignal,
): AsyncGenerator<TaskUsage> {
  const { stage } = task.record;
  if (stage.tag !== 'running') return;
  const meter = new UsageMeter(stage.qemu.pid, options.coreMhz);
  while (!signal.aborted) {
    // Aborted: the loop ends.
    await delay(options.periodMs, undefined, { signal }).catch(() => undefined);
    const guest = await task.observation?.guestMemory();
    const usage = meter.read(guest?.usedBytes);
    if (usage === undefined) return;
    yield usage;
  }
}
