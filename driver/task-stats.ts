import { readFileSync } from 'node:fs';
import { type CpuThrottling, findCpuStat, readCpuThrottling } from '../qemu/cpu-throttling.ts';
import { TICKS_PER_SECOND } from '../qemu/process-identity.ts';

/** What a VM uses of the host at one moment. Percentages are of one core and may exceed 100. */
export interface TaskUsage {
  readonly at: Date;
  readonly pid: number;
  readonly userPercent: number;
  readonly systemPercent: number;
  /** MHz, as Nomad compares it with what was reserved. */
  readonly totalMhz: number;
  /** Of the control group; undefined where no quota can be set. */
  readonly throttling: CpuThrottling | undefined;
  /** The host's memory that qemu holds now, guest RAM that was ever touched and not given back included. */
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
  readonly swapBytes: number;
  /** What the guest itself says it uses, its caches left out; undefined while it says nothing. */
  readonly guestUsedBytes: number | undefined;
}

/** CPU time that a process has used since it started. */
interface CpuSample {
  readonly atMs: number;
  readonly userTicks: number;
  readonly systemTicks: number;
}

/** Reads usage of one process again and again; percentages are of the time between two readings. */
export class UsageMeter {
  readonly #pid: number;
  readonly #coreMhz: number;
  readonly #cpuStat: string | undefined;
  #last: CpuSample;

  constructor(pid: number, coreMhz: number) {
    this.#pid = pid;
    this.#coreMhz = coreMhz;
    this.#cpuStat = findCpuStat(pid);
    this.#last = readCpu(pid) ?? { atMs: performance.now(), userTicks: 0, systemTicks: 0 };
  }

  /** Usage since the last reading; undefined when the process is gone. */
  read(guestUsedBytes?: number): TaskUsage | undefined {
    const now = readCpu(this.#pid);
    const memory = readMemory(this.#pid);
    if (now === undefined || memory === undefined) return undefined;
    const seconds = Math.max(0.001, (now.atMs - this.#last.atMs) / 1000);
    const percent = (ticks: number) => (Math.max(0, ticks) / TICKS_PER_SECOND / seconds) * 100;
    const userPercent = percent(now.userTicks - this.#last.userTicks);
    const systemPercent = percent(now.systemTicks - this.#last.systemTicks);
    this.#last = now;
    const totalMhz = ((userPercent + systemPercent) / 100) * this.#coreMhz;
    const throttling = this.#cpuStat === undefined ? undefined : readCpuThrottling(this.#cpuStat);
    const cpu = { userPercent, systemPercent, totalMhz, throttling };
    return { at: new Date(), pid: this.#pid, ...cpu, ...memory, guestUsedBytes };
  }
}

function readCpu(pid: number): CpuSample | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { atMs: performance.now(), userTicks: Number(fields[11]), systemTicks: Number(fields[12]) };
}

function readMemory(
  pid: number,
): Pick<TaskUsage, 'residentBytes' | 'peakResidentBytes' | 'swapBytes'> | undefined {
  const status = readProc(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const bytes = (field: RegExp) => Number(field.exec(status)?.[1] ?? 0) * 1024;
  return { residentBytes: bytes(RSS), peakResidentBytes: bytes(PEAK_RSS), swapBytes: bytes(SWAP) };
}

const RSS = /^VmRSS:\s+(\d+) kB/m;
const PEAK_RSS = /^VmHWM:\s+(\d+) kB/m;
const SWAP = /^VmSwap:\s+(\d+) kB/m;

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // ENOENT or ESRCH: the process has ended.
    return undefined;
  }
}
