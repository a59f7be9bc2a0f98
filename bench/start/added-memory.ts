import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** Memory of the processes that a VM brought with it, by what they are for; PSS in MiB. */
export interface AddedMemory {
  /** What the driver runs beside qemu. */
  readonly driverMib: number;
  /** Nomad's own log collector: one a task, whatever the driver. */
  readonly logmonMib: number;
}

/** The processes of a network namespace. */
export async function listProcesses(namespace: string): Promise<ReadonlySet<number>> {
  const { stdout } = await execa('ip', ['netns', 'pids', namespace], { timeout: 10_000 });
  return new Set(stdout.split('\n').filter(Boolean).map(Number));
}

/** Adds up what has appeared in a namespace since `before`, but for qemu itself. */
export async function measureAddedMemory(
  namespace: string,
  before: ReadonlySet<number>,
): Promise<AddedMemory> {
  let driverMib = 0;
  let logmonMib = 0;
  for (const pid of await listProcesses(namespace)) {
    if (before.has(pid)) continue;
    const [program = '', subcommand] = (await readProc(pid, 'cmdline')).split('\0');
    if (/\/qemu-system-[^/]*$/.test(program)) continue;
    const pssMib = parsePssMib(await readProc(pid, 'smaps_rollup'));
    if (subcommand === 'logmon') logmonMib += pssMib;
    else driverMib += pssMib;
  }
  return { driverMib, logmonMib };
}

/** The proportional set size in /proc/PID/smaps_rollup (proc(5)): a page shared by n processes counts 1/n for each. */
export function parsePssMib(smapsRollup: string): number {
  return Number(/^Pss: +(\d+) kB$/m.exec(smapsRollup)?.[1] ?? 0) / 1024;
}

async function readProc(pid: number, file: string): Promise<string> {
  return await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => ''); // it has ended meanwhile
}
