import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { findProcesses } from './leftover-processes.ts';
import { isProcessAlive, type ProcessIdentity } from './process-identity.ts';

/** The process that copies a VM's console to Nomad's log: a tail of the wrapper's. Nobody starts it again. */
export class ConsoleCopier {
  readonly #path: string;
  #process: ProcessIdentity | undefined;
  #misses = 0;

  /** @param path the console. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether it was missed twice in a row: in the moment of its start it is still a shell. Cheap while it is there. */
  isGone(): boolean {
    this.#misses = this.#find() === undefined ? this.#misses + 1 : 0;
    return this.#misses > 1;
  }

  /** How far it has read; undefined when it is not there. */
  copiedBytes(): number | undefined {
    const process = this.#find();
    return process && readPosition(process, this.#path);
  }

  #find(): ProcessIdentity | undefined {
    if (this.#process === undefined || !isProcessAlive(this.#process))
      this.#process = findProcesses(this.#path).find(isWrappersTail);
    return this.#process;
  }
}

/** A person who reads along has a tail too, which does not end with a process. */
function isWrappersTail({ pid }: ProcessIdentity): boolean {
  try {
    return /^tail\0.*\0--pid=/s.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    // ENOENT or ESRCH: it has ended since it was found.
    return false;
  }
}

/** The reader's place in the file, from its fdinfo (proc(5)). */
function readPosition({ pid }: ProcessIdentity, path: string): number | undefined {
  try {
    const fd = readdirSync(`/proc/${pid}/fd`).find(name => readlinkSync(`/proc/${pid}/fd/${name}`) === path);
    if (fd === undefined) return undefined;
    const position = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1];
    return position === undefined ? undefined : Number(position);
  } catch {
    // ENOENT or ESRCH: it has ended since it was found.
    return undefined;
  }
}
