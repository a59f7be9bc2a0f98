import { existsSync } from 'node:fs';
import { forgetTask } from './forget-task.ts';
import type { Task, TaskContext } from './task.ts';
import type { TaskExit } from './task-exit.ts';
import type { ExitedStage, TaskRecord } from './task-record.ts';
import { openVoice } from './task-voice.ts';

/** A task whose VM had ended, on record, before this plugin process found it. */
export class EndedTask implements Task {
  readonly record: TaskRecord;
  readonly vm = undefined;
  readonly exited: Promise<TaskExit>;
  readonly #context: TaskContext;

  constructor(context: TaskContext, record: TaskRecord & { readonly stage: ExitedStage }) {
    this.#context = context;
    this.record = record;
    this.exited = Promise.resolve(record.stage.exit);
    // The plugin that put it on record may have died before it said so.
    if (!existsSync(record.files.accountClosed)) openVoice(context, record).conclude(record.stage.summary);
  }

  note(): void {
    // The account is closed.
  }

  async powerOn(): Promise<boolean> {
    return false;
  }

  async stop(): Promise<void> {
    // It has ended: nothing is left to stop.
  }

  async destroy(): Promise<void> {
    forgetTask(this.#context, this.record);
  }

  detach(): void {
    // There is nothing to let go of.
  }
}
