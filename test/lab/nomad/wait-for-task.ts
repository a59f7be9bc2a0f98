import { setTimeout as delay } from 'node:timers/promises';
import type { TaskSnapshot } from './task.ts';

/**
 * Waits until one of a job's tasks is as wanted. Failed questions are asked again, as the agent may be restarting.
 *
 * @throws when the signal is aborted first, with the tasks as they were last
 */
export async function waitForTask(
  getTasks: () => Promise<readonly TaskSnapshot[]>,
  isWanted: (task: TaskSnapshot) => boolean,
  signal: AbortSignal,
): Promise<TaskSnapshot> {
  let last: unknown = 'none';
  while (!signal.aborted) {
    try {
      const tasks = await getTasks();
      const found = tasks.find(isWanted);
      if (found !== undefined) return found;
      last = tasks;
    } catch (error) {
      last = String(error);
    }
    await delay(100, undefined, { signal }).catch(() => undefined); // the loop's condition tells why
  }
  throw new Error(`No task is as wanted; the tasks: ${JSON.stringify(last, null, 2)}`, {
    cause: signal.reason,
  });
}
