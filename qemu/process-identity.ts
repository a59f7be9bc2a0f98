import { readFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes at 100 for user space whatever the kernel's own tick is (time(7)). */
export const TICKS_PER_SECOND = 100;

/**
 * One process and no other: a pid alone is used again after a while, a pid with its start time and boot is not.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTicks: number;
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
}

/** The identity of the process that has this pid now, or undefined when none has (a zombie counts as none). */
export function readProcessIdentity(pid: number): ProcessIdentity | undefined {
  const stat = readProcFile(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const { state, startTicks } = parseProcessStat(stat);
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, startTicks, bootId: readBootId() };
}

/** Whether that very process still runs. */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  const now = readProcessIdentity(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** How long ago a process of this boot was started, by a clock that nobody sets. */
export function readProcessAgeMs({ startTicks }: ProcessIdentity): number {
  const uptimeSeconds = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
  return Math.max(0, Math.round((uptimeSeconds - startTicks / TICKS_PER_SECOND) * 1000));
}

/** Signals that very process, or does nothing when it is gone. Returns whether it was there. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isProcessAlive(identity) && sendSignal(identity.pid, signal);
}

/** Signals the process group that this process leads, or does nothing when the leader is gone. */
export function signalProcessGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isProcessAlive(leader) && sendSignal(-leader.pid, signal);
}

/** The state letter and start time of a line of /proc/PID/stat; the name in it may hold blanks and brackets. */
export function parseProcessStat(stat: string): { readonly state: string; readonly startTicks: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = Number(fields[19]);
  if (state === undefined || !Number.isSafeInteger(startTicks)) {
    throw new RangeError(`Cannot read a process's start time from "${stat.slice(0, 80)}"`);
  }
  return { state, startTicks };
}

/** Names this boot of the host; another value later means that every process of before is gone. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // ESRCH: it went away between the look and the signal.
    return false;
  }
}

function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // ENOENT or ESRCH: no such process.
    return undefined;
  }
}
