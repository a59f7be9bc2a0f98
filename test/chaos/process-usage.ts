import { readdir, readFile } from 'node:fs/promises';

/** What a process, or several together, use of the host. */
export interface Usage {
  readonly processes: number;
  /** CPU time since the start, in ms; with that of children that have ended and were waited for. */
  readonly cpuMs: number;
  readonly rssKib: number;
  /** Resident memory, where pages that several processes share are divided among them. */
  readonly pssKib: number;
  readonly openFiles: number;
  readonly threads: number;
}

export const NO_USAGE: Usage = { processes: 0, cpuMs: 0, rssKib: 0, pssKib: 0, openFiles: 0, threads: 0 };

/** The kernel tells times in ticks of USER_HZ, which is 100 for programs on every architecture that qemu emulates on. */
const MS_PER_TICK = 10;

/** @throws Error with code ENOENT or ESRCH when there is no such process */
export async function readUsage(pid: number): Promise<Usage> {
  const [stat, rollup, files] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/smaps_rollup`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ]);
  return { processes: 1, ...parseStat(stat), ...parseRollup(rollup), openFiles: files.length };
}

export function addUsages(usages: readonly Usage[]): Usage {
  return usages.reduce(
    (sum, one) => ({
      processes: sum.processes + one.processes,
      cpuMs: sum.cpuMs + one.cpuMs,
      rssKib: sum.rssKib + one.rssKib,
      pssKib: sum.pssKib + one.pssKib,
      openFiles: sum.openFiles + one.openFiles,
      threads: sum.threads + one.threads,
    }),
    NO_USAGE,
  );
}

/** CPU time and threads of a line of /proc/PID/stat, see proc(5); the name in it may hold blanks and brackets. */
export function parseStat(stat: string): Pick<Usage, 'cpuMs' | 'threads'> {
  // Counted from field 3, the first one after the name.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const times = fields.slice(14 - 3, 17 - 3 + 1).map(Number);
  const ticks = times.reduce((sum, time) => sum + time, 0);
  const threads = Number(fields[20 - 3]);
  if (!Number.isSafeInteger(ticks) || !Number.isSafeInteger(threads))
    throw new RangeError(`Cannot read CPU time and threads from "${stat.slice(0, 80)}"`);
  return { cpuMs: ticks * MS_PER_TICK, threads };
}

/** The memory that /proc/PID/smaps_rollup tells of. */
export function parseRollup(rollup: string): Pick<Usage, 'rssKib' | 'pssKib'> {
  return { rssKib: readKib(rollup, 'Rss'), pssKib: readKib(rollup, 'Pss') };
}

function readKib(rollup: string, name: string): number {
  const kib = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(rollup)?.[1];
  if (kib === undefined) throw new RangeError(`Cannot find "${name}" in "${rollup.slice(0, 200)}"`);
  return Number(kib);
}

/** The pids of a process's children, and of theirs. */
export async function findDescendants(pid: number): Promise<readonly number[]> {
  // ENOENT: it has ended since.
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = list.split(' ').filter(Boolean).map(Number);
  const others = await Promise.all(children.map(findDescendants));
  return [...children, ...others.flat()];
}
