import { readFileSync } from 'node:fs';

/** Where the kernel counts what it killed in a task's control group, and how many that were before the VM started. */
export interface OomWatch {
  /** `memory.events` (version 2) or `memory.oom_control` (version 1, Linux 4.13 or later). */
  readonly counterPath: string;
  readonly killsBefore: number;
}

/** Begins to watch; undefined where the group does not exist or does not count. */
export function openOomWatch(counterPath: string | undefined): OomWatch | undefined {
  const killsBefore = counterPath === undefined ? undefined : readOomKills(counterPath);
  return counterPath === undefined || killsBefore === undefined ? undefined : { counterPath, killsBefore };
}

/** Whether the kernel has killed a process of the group since; false once the group is gone. */
export function hasOomKilled(watch: OomWatch | undefined): boolean {
  return watch !== undefined && (readOomKills(watch.counterPath) ?? 0) > watch.killsBefore;
}

function readOomKills(path: string): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    // ENOENT: no such group, or Nomad has removed it.
    return undefined;
  }
}
