import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { buildVmFiles, type VmFiles } from '../qemu/vm-files.ts';
import type { Personality } from './config/personality.ts';
import { describeError, type Log } from './plugin-log.ts';
import { isMissing, readFolder } from './read-folder.ts';
import { parseTaskRecord, renderTaskRecord, type TaskRecord } from './task-record.ts';

/** Where the records of VMs and their sockets live. */
export interface StoreRoots {
  readonly stateRoot: string;
  readonly runRoot: string;
}

/** The records of every VM that a plugin of this node has started and not yet destroyed. */
export class TaskStore {
  readonly #roots: StoreRoots;
  readonly #log: Log;

  constructor(roots: StoreRoots, log: Log) {
    this.#roots = roots;
    this.#log = log;
  }

  /** The files of the VM of a task. A task id holds slashes and is long; its hash names the folder. */
  filesOf(owner: Personality, taskId: string): VmFiles {
    const hash = createHash('sha256').update(taskId).digest('hex').slice(0, 16);
    return buildVmFiles(this.#roots, `${owner}-${hash}`);
  }

  /** Saves atomically: a reader sees the record of before or this one. */
  save(record: TaskRecord): void {
    mkdirSync(record.files.stateDir, { recursive: true, mode: 0o700 });
    const temporary = `${record.files.record}.new`;
    writeFileSync(temporary, renderTaskRecord(record), { mode: 0o600 });
    renameSync(temporary, record.files.record);
  }

  /** The record of a task; undefined when there is none that can be read. */
  load(files: VmFiles): TaskRecord | undefined {
    try {
      return parseTaskRecord(readFileSync(files.record, 'utf8'));
    } catch (error) {
      if (isMissing(error)) return undefined;
      this.#log('error', 'cannot read the record of a VM', {
        path: files.record,
        error: describeError(error),
      });
      return undefined;
    }
  }

  /** The records of all VMs of this node, whichever plugin they belong to. */
  list(): readonly TaskRecord[] {
    const keys = readFolder(this.#roots.stateRoot);
    return keys.flatMap(key => this.load(buildVmFiles(this.#roots, key)) ?? []);
  }

  /** Forgets a VM: its record, console, account and sockets. Its disk is not here. */
  remove(files: VmFiles): void {
    rmSync(files.runDir, { recursive: true, force: true });
    rmSync(files.stateDir, { recursive: true, force: true });
  }
}
