import { existsSync } from 'node:fs';
import { killLeftovers } from '../qemu/leftover-processes.ts';
import type { Personality } from './config/personality.ts';
import type { Log } from './plugin-log.ts';
import type { TaskRecord } from './task-record.ts';
import type { TaskStore } from './task-store.ts';

/**
 * Removes what an agent that never came back has left: VMs of this plugin that nobody recovered and whose allocation's
 * folder is gone, so that no agent can ever ask for them again. Anything less certain is left alone.
 */
export function sweepOrphans(
  store: TaskStore,
  owner: Personality,
  isKnown: (taskId: string) => boolean,
  log: Log,
): void {
  for (const record of findOrphans(store.list(), owner, isKnown, existsSync)) {
    log('warn', 'removing a VM whose allocation is gone', {
      task_id: record.taskId,
      identity: record.identity,
    });
    killLeftovers(record.files);
    store.remove(record.files);
  }
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
