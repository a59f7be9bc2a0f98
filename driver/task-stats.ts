import { readFileSync } from 'node:fs';

/** What a VM uses of the host at one moment. Percentages are of one core and may exceed 100. */
export interface TaskUsage {
  readonly at: Date;
  readonly pid: number;
  readonly userPercent: number;
  readonly systemPercent: number;
  /** MHz, as Nomad compares it with what was reserved. */
  readonly totalMhz: number;
  readonly residentBytes: number;
  readonly swapBytes: number;
}

/** CPU time that a process has used since it started. */
interface CpuSample {
  readonly atMs: number;
  readonly userTicks: number;
  readonly systemTicks: number;
}

/** USER_HZ, which Linux fixes at 100 for user space whatever the kernel's own tick is (time(7)). */
const TICKS_PER_SECOND = 100;

/** Reads usage of one process again and again; percentages are of the time between two readings. */
export class UsageMeter {
  readonly #pid: number;
  readonly #coreMhz: number;
  #last: CpuSample;

  constructor(pid: number, coreMhz: number) {
    this.#pid = pid;
    this.#coreMhz = coreMhz;
    this.#last = readCpu(pid) ?? { atMs: performance.now(), userTicks: 0, systemTicks: 0 };
  }

  /** Usage since the last reading; undefined when the process is gone. */
  read(): TaskUsage | undefined {
    const now = readCpu(this.#pid);
    const memory = readMemory(this.#pid);
    if (now === undefined || memory === undefined) return undefined;
    const seconds = Math.max(0.001, (now.atMs - this.#last.atMs) / 1000);
    const percent = (ticks: number) => (Math.max(0, ticks) / TICKS_PER_SECOND / seconds) * 100;
    const userPercent = percent(now.userTicks - this.#last.userTicks);
    const systemPercent = percent(now.systemTicks - this.#last.systemTicks);
    this.#last = now;
    const totalMhz = ((userPercent + systemPercent) / 100) * this.#coreMhz;
    return { at: new Date(), pid: this.#pid, userPercent, systemPercent, totalMhz, ...memory };
  }
}

function readCpu(pid: number): CpuSample | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { atMs: performance.now(), userTicks: Number(fields[11]), systemTicks: Number(fields[12]) };
}

function readMemory(pid: number): { readonly residentBytes: number; readonly swapBytes: number } | undefined {
  const status = readProc(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { residentBytes: bytes('VmRSS'), swapBytes: bytes('VmSwap') };
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // ENOENT or ESRCH: the process has ended.
    return undefined;
  }
}
