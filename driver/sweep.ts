import { existsSync } from 'node:fs';
import { killLeftovers } from '../qemu/leftover-processes.ts';
import type { Personality } from './config/personality.ts';
import { forgetTask } from './forget-task.ts';
import type { TaskContext } from './task.ts';
import type { TaskRecord } from './task-record.ts';

/**
 * Removes what an agent that never came back has left: VMs of this plugin that nobody recovered and whose allocation's
 * folder is gone, so that no agent can ever ask for them again. Anything less certain is left alone.
 */
export function sweepOrphans(
  context: TaskContext,
  owner: Personality,
  isKnown: (taskId: string) => boolean,
): void {
  for (const record of findOrphans(context.store.list(), owner, isKnown, existsSync)) {
    context.log('warn', 'removing a VM whose allocation is gone', {
      task_id: record.taskId,
      identity: record.identity,
    });
    remove(context, record);
  }
}

/** What a task and its earlier invocations have in common. */
export type TaskPlace = Pick<TaskRecord, 'allocId' | 'taskName' | 'taskId'>;

/**
 * Whether one is an earlier invocation of the other, a task that is about to be started under a new id. The agent starts
 * a task again only when it believes the one before gone; it never tells of a start during which it or the plugin died.
 */
export function isEarlierStart(one: TaskPlace, other: TaskPlace): boolean {
  return one.allocId === other.allocId && one.taskName === other.taskName && one.taskId !== other.taskId;
}

/** Which of the records are provably nobody's. */
export function findOrphans(
  records: readonly TaskRecord[],
  owner: Personality,
  isKnown: (taskId: string) => boolean,
  exists: (path: string) => boolean,
): readonly TaskRecord[] {
  return records.filter(
    record => record.owner === owner && !isKnown(record.taskId) && !exists(record.allocDir),
  );
}

function remove(context: TaskContext, record: TaskRecord): void {
  killLeftovers(record.files);
  forgetTask(context, record);
}
