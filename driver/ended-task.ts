import type { Task, TaskContext } from './task.ts';
import type { TaskExit } from './task-exit.ts';
import type { ExitedStage, TaskRecord } from './task-record.ts';

/** A task whose VM had ended, on record, before this plugin process found it. */
export class EndedTask implements Task {
  readonly record: TaskRecord;
  readonly exited: Promise<TaskExit>;
  readonly #context: TaskContext;

  constructor(context: TaskContext, record: TaskRecord & { readonly stage: ExitedStage }) {
    this.#context = context;
    this.record = record;
    this.exited = Promise.resolve(record.stage.exit);
  }

  async stop(): Promise<void> {
    // It has ended: nothing is left to stop.
  }

  async destroy(): Promise<void> {
    this.#context.store.remove(this.record.files);
  }

  detach(): void {
    // There is nothing to let go of.
  }
}
