import { constants } from 'node:os';
import type { ShutdownCause, ShutdownRecord } from '../qemu/shutdown-trace.ts';
import type { VmExit } from '../qemu/vm-exit.ts';
import { describeStop } from './stop-words.ts';
import type { StoppingPhase, VmPhase } from './task-state.ts';

/** How a task ended, in Nomad's terms. Exit code 0 and signal 0 is success. */
export interface TaskExit {
  readonly exitCode: number;
  readonly signal: number;
  readonly isOomKilled: boolean;
}

/** How a task ended, for Nomad and for people. */
export interface TaskEnding {
  readonly exit: TaskExit;
  /** One sentence for the account and the task's events. */
  readonly summary: string;
}

/** All that is known when a VM has ended. */
export interface ExitFacts {
  readonly vmExit: VmExit;
  /** What qemu recorded. */
  readonly shutdown: ShutdownRecord | undefined;
  /** What the driver was about to do with it. */
  readonly phase: VmPhase;
  /** Whether the kernel killed something in the task's control group while the VM ran. */
  readonly hasOomKilled: boolean;
  /** By `readBootClockMs`. */
  readonly endedAtMs: number;
}

/**
 * Exit codes of the driver's own. They are even, as a guest can make qemu exit with any odd one (device
 * `isa-debug-exit`), and below 128, where signals begin.
 */
export const EXIT_CODES = {
  guestPanic: 100,
  internalError: 102,
  hostRebooted: 104,
  unrecorded: 106,
  cloudInitFailed: 108,
  cloudInitLate: 110,
} as const;

/** Signals that mean a fault of qemu's own, or its sandbox (SIGSYS). */
const CRASHES = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'];

/** How the task ended; docs/life-of-a-vm.md shows each case. */
export function endingOf(facts: ExitFacts): TaskEnding {
  const { vmExit, phase } = facts;
  if (phase.tag === 'ending' && phase.why === 'destroyed') {
    return signalled(constants.signals.SIGKILL, 'Nomad had it destroyed');
  }
  switch (vmExit.kind) {
    case 'exited':
      return endingOfExit(vmExit.exitCode, facts);
    case 'killed':
      return endingOfKill(vmExit.signal, facts);
    case 'host-rebooted':
      return exited(EXIT_CODES.hostRebooted, 'the host was rebooted under it');
    case 'unrecorded':
      return exited(EXIT_CODES.unrecorded, 'nobody recorded how');
  }
}

/** qemu exits with 0 whatever made it end; its record tells. A broken guest is said even of one that was stopped. */
function endingOfExit(exitCode: number, facts: ExitFacts): TaskEnding {
  const { shutdown, phase } = facts;
  const cause = phase.tag === 'ending' && phase.why !== 'destroyed' ? phase.why : shutdown?.cause;
  if (cause === 'guest-panic') return exited(EXIT_CODES.guestPanic, 'the guest kernel panicked');
  if (cause === 'internal-error') {
    return exited(EXIT_CODES.internalError, 'KVM could not go on with the guest (internal error)');
  }
  if (phase.tag === 'stopping')
    return endingOfStop(phase, exited(exitCode, describeStop(phase, facts.endedAtMs)));
  if (exitCode !== 0) return exited(exitCode, `qemu exited with ${exitCode}`);
  if (cause === 'host-signal') {
    const signal = shutdown?.signal ?? constants.signals.SIGTERM;
    return signalled(signal, `somebody told qemu to end by signal ${nameSignal(signal)}`);
  }
  if (cause === 'host-error') return exited(1, 'qemu gave up after an error of the host');
  return exited(0, explainCause(cause));
}

function endingOfKill(signal: number, { phase, hasOomKilled, endedAtMs }: ExitFacts): TaskEnding {
  const isKill = signal === constants.signals.SIGKILL;
  if (isKill && hasOomKilled) {
    const ending = signalled(signal, "out of memory: the kernel killed qemu at the task's memory limit");
    return { ...ending, exit: { ...ending.exit, isOomKilled: true } };
  }
  if (isKill && phase.tag === 'stopping' && phase.tried.includes('sigkill')) {
    return endingOfStop(phase, signalled(signal, describeStop(phase, endedAtMs)));
  }
  const name = nameSignal(signal);
  const isCrash = CRASHES.some(crash => name.includes(crash));
  return signalled(signal, isCrash ? `qemu crashed by signal ${name}` : `qemu was killed by signal ${name}`);
}

/** A stop that was the driver's own idea makes the task fail, however it went. */
function endingOfStop({ cause }: StoppingPhase, ending: TaskEnding): TaskEnding {
  if (cause === undefined) return ending;
  const code = cause.code === 'cloud-init-failed' ? EXIT_CODES.cloudInitFailed : EXIT_CODES.cloudInitLate;
  const how = ending.summary.replace(/^VM ended: /, '');
  return exited(code, `${cause.text}; ${how}`);
}

/** Causes that are no failure. */
function explainCause(cause: ShutdownCause | undefined): string {
  switch (cause) {
    case undefined:
      return 'qemu exited with 0';
    case 'guest-shutdown':
      return 'the guest powered off';
    case 'guest-reset':
      return 'the guest rebooted, and qemu was not to go on (-no-reboot)';
    case 'host-qmp-quit':
      return 'somebody told qemu to quit';
    default:
      return `qemu shut down (${cause})`;
  }
}

/** Such as `11 (SIGSEGV)`. */
function nameSignal(signal: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return name === undefined ? `${signal}` : `${signal} (${name})`;
}

function exited(exitCode: number, what: string): TaskEnding {
  return { exit: { exitCode, signal: 0, isOomKilled: false }, summary: `VM ended: ${what}` };
}

/** A process that was killed gets 128 + signal, as Nomad's own drivers report it. */
function signalled(signal: number, what: string): TaskEnding {
  return { exit: { exitCode: 128 + signal, signal, isOomKilled: false }, summary: `VM ended: ${what}` };
}
