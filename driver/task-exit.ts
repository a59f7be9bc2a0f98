import type { VmExit } from '../qemu/vm-exit.ts';

/** How a task ended, in Nomad's terms. Exit code 0 and signal 0 is success. */
export interface TaskExit {
  readonly exitCode: number;
  readonly signal: number;
  readonly isOomKilled: boolean;
}

/** Exit code of a VM whose end nobody could record, such as at a reboot of the host. */
const UNRECORDED_EXIT_CODE = 1;

/** qemu's end as Nomad's; a process that was killed gets 128 + signal, as Nomad's own drivers report it. */
export function taskExitFromVm(exit: VmExit): TaskExit {
  switch (exit.kind) {
    case 'exited':
      return { exitCode: exit.exitCode, signal: 0, isOomKilled: false };
    case 'killed':
      return { exitCode: 128 + exit.signal, signal: exit.signal, isOomKilled: false };
    case 'unrecorded':
      return { exitCode: UNRECORDED_EXIT_CODE, signal: 0, isOomKilled: false };
  }
}

/** One sentence on the end of a VM, for people. */
export function describeVmExit(exit: VmExit, reason: string | undefined): string {
  switch (exit.kind) {
    case 'exited':
      return exit.exitCode === 0
        ? `VM ended: ${explainReason(reason)}`
        : `VM ended: qemu exited with ${exit.exitCode}`;
    case 'killed':
      return `VM ended: qemu was killed by signal ${exit.signal}`;
    case 'unrecorded':
      return 'VM is gone and nobody recorded how it ended; was the host rebooted?';
  }
}

/** qemu's words for a shutdown (qapi/run-state.json, ShutdownCause) in ours. */
function explainReason(reason: string | undefined): string {
  switch (reason) {
    case undefined:
      return 'qemu exited with 0';
    case 'guest-shutdown':
      return 'the guest powered off';
    case 'guest-reset':
      return 'the guest rebooted';
    case 'guest-panic':
      return 'the guest panicked';
    case 'host-qmp-quit':
      return 'qemu was told to quit';
    case 'host-signal':
      return 'qemu was told to end by a signal';
    default:
      return `qemu shut down (${reason})`;
  }
}
