import { openAccount } from './account.ts';
import type { TaskContext } from './task.ts';
import type { TaskRecord } from './task-record.ts';

/** How a task speaks to its user. */
export interface TaskVoice {
  /** A line in the account alone: `nomad alloc logs -stderr`. */
  note(message: string): void;
  /** An event alone: `nomad alloc status`, which keeps ten a task. */
  emit(message: string): void;
  /** Both. */
  announce(message: string): void;
  /** The last word: a line, an event, and no more lines will come. */
  conclude(message: string): void;
}

/** The voice of the task that this record is of. */
export function openVoice(
  context: Pick<TaskContext, 'events' | 'log'>,
  record: Pick<TaskRecord, 'taskId' | 'allocId' | 'taskName' | 'files'>,
): TaskVoice {
  const { taskId, allocId, taskName, files } = record;
  const account = openAccount(files, context.log);
  const emit = (message: string) =>
    context.events.emit({ taskId, allocId, taskName, at: new Date(), message, annotations: {} });
  const announce = (message: string) => {
    account.write(message);
    emit(message);
  };
  return {
    note: message => account.write(message),
    emit,
    announce,
    conclude: message => {
      announce(message);
      account.close();
    },
  };
}
