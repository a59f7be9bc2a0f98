import { closeSync, constants, openSync } from 'node:fs';
import type { TaskRequest } from '../task-request.ts';

/** Open for reading too, as opening never waits then; never through a link, which a task may have put there. */
const FLAGS = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/**
 * Holds a task's log FIFOs open until it is disposed of. Where a start takes the place of an earlier one, the earlier
 * one's end would be the end of the FIFO, and Nomad's log collector never reads on after that (measured): the VM would
 * live without logs.
 */
export function holdLogs({
  stdoutPath,
  stderrPath,
}: Pick<TaskRequest, 'stdoutPath' | 'stderrPath'>): Disposable {
  const held = [stdoutPath, stderrPath].flatMap(openIfThere);
  return {
    [Symbol.dispose]: () => {
      for (const fd of held) closeSync(fd);
    },
  };
}

function openIfThere(path: string): readonly number[] {
  try {
    return [openSync(path, FLAGS)];
  } catch {
    // What isn't there, or is a link, is nothing that the collector reads.
    return [];
  }
}
