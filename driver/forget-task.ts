import type { TaskContext } from './task.ts';
import type { TaskRecord } from './task-record.ts';

/** Removes what is on record of a VM that has ended. The seed server is told in its own time; nobody waits for it. */
export function forgetTask({ seeds, store }: Pick<TaskContext, 'seeds' | 'store'>, record: TaskRecord): void {
  const { identity, allocId, registration } = record;
  // First on disk that it is to be told, then the record away.
  if (registration !== undefined) seeds?.depart({ identity, allocId });
  store.remove(record.files);
}
