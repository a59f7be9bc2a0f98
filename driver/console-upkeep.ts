import { ConsoleCopier } from '../qemu/console-copier.ts';
import { trimConsole } from '../qemu/console-trim.ts';
import type { Task } from './task.ts';
import type { TaskRecord } from './task-record.ts';

/** Where a guest's console goes, for the account. */
export function describeConsole({ files, hasLog }: Pick<TaskRecord, 'files' | 'hasLog'>): string {
  const way = hasLog
    ? "is copied from there to Nomad's log"
    : 'goes nowhere else, as the logs of the job are disabled';
  return `the console is written to "${files.console}" and ${way}`;
}

/** Looks after one VM's console file: tells once when it is no longer copied, and bounds the disk space that it takes. */
export class ConsoleUpkeep {
  readonly #task: Pick<Task, 'record' | 'note'>;
  /** What has to be waited for; undefined when nothing copies the console. */
  #copier: ConsoleCopier | undefined;

  constructor(task: Pick<Task, 'record' | 'note'>) {
    const { hasLog, files } = task.record;
    this.#task = task;
    this.#copier = hasLog ? new ConsoleCopier(files.console) : undefined;
  }

  /** Does nothing once the VM has ended. @throws the error of `fallocate` on a file system without holes. */
  async look(): Promise<void> {
    const { stage, files } = this.#task.record;
    if (stage.tag !== 'running') return;
    if (this.#copier?.isGone()) {
      this.#copier = undefined;
      this.#task.note(
        `the console is no longer copied to Nomad's log, as the process that did it is gone; the VM runs on: read the end of "${files.console}" on its node, or restart the task`,
      );
    }
    await trimConsole(files, this.#copier);
  }
}
