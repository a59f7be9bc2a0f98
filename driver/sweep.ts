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
    remove(store, record);
  }
}

/**
 * Removes what an earlier invocation of a task has left that is about to be started under a new id. The agent starts a
 * task again only when it believes the one before gone; it never tells of a start during which the plugin died.
 */
export function sweepEarlierStarts(
  store: TaskStore,
  request: { readonly id: string; readonly allocId: string; readonly taskName: string },
  owner: Personality,
  isKnown: (taskId: string) => boolean,
): void {
  for (const record of findEarlierStarts(store.list(), request, owner, isKnown)) remove(store, record);
}

/** Records of the same task of the same allocation that nobody looks after. */
export function findEarlierStarts(
  records: readonly TaskRecord[],
  request: { readonly id: string; readonly allocId: string; readonly taskName: string },
  owner: Personality,
  isKnown: (taskId: string) => boolean,
): readonly TaskRecord[] {
  return records.filter(
    record =>
      record.owner === owner &&
      record.allocId === request.allocId &&
      record.taskName === request.taskName &&
      record.taskId !== request.id &&
      !isKnown(record.taskId),
  );
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

function remove(store: TaskStore, record: TaskRecord): void {
  killLeftovers(record.files);
  store.remove(record.files);
}
