import { setTimeout as delay } from 'node:timers/promises';
import { ConsoleUpkeep } from './console-upkeep.ts';
import { describeError, type Log } from './plugin-log.ts';
import type { Task } from './task.ts';

/** Long enough for an agent to recover its tasks before anything is taken for nobody's. */
const SWEEP_AFTER_MS = 60_000;
const PERIOD_MS = 10_000;

/** What a plugin does beside its requests, until the signal aborts: one sweep, then whatever is due every ten seconds. */
export async function keepHouse(
  options: {
    readonly tasks: () => Iterable<Task>;
    readonly sweep: () => void;
    readonly tick: () => void;
    readonly log: Log;
  },
  signal: AbortSignal,
): Promise<void> {
  const sweepAt = performance.now() + SWEEP_AFTER_MS;
  let isSwept = false;
  const consoles = new WeakMap<Task, ConsoleUpkeep>();
  while (await waited(PERIOD_MS, signal)) {
    if (!isSwept && performance.now() >= sweepAt) {
      isSwept = true;
      attempt(options.sweep, options.log);
    }
    attempt(options.tick, options.log);
    for (const task of options.tasks()) {
      const console = consoles.get(task) ?? new ConsoleUpkeep(task);
      consoles.set(task, console);
      await look(console, task, options.log);
    }
  }
}

async function look(console: ConsoleUpkeep, { record }: Task, log: Log): Promise<void> {
  try {
    await console.look();
  } catch (error) {
    log('warn', 'cannot give back disk space of a console', {
      task_id: record.taskId,
      error: describeError(error),
    });
  }
}

function attempt(work: () => void, log: Log): void {
  try {
    work();
  } catch (error) {
    log('error', 'cannot keep the plugin in order', { error: describeError(error) });
  }
}

/** Waits; false once the signal aborts. Does not keep the process alive. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}
