import type { FileSystemState } from './file-system-check.ts';

/** One stop of a VM whose disk was busy. */
export interface StopOutcome {
  readonly job: string;
  /** Whether the guest is one that ignores everything. */
  readonly isDeaf: boolean;
  readonly deadlineSeconds: number;
  /** From the request to the task's end in Nomad. */
  readonly seconds: number;
  /** Whether the emulator was still there when Nomad said that the task was dead. */
  readonly isLeftRunning: boolean;
  /** The task's events that tell of a stop. */
  readonly stopEvents: readonly string[];
  /** The newest file that the guest had told of on its console, all of it on the disk by then. */
  readonly lastTold: number;
  readonly disk: FileSystemState;
}

/** Which rung ended the VM, as its event says: `the guest agent`, `the power button`, `telling qemu to quit` … */
export function findRung(outcome: StopOutcome): string {
  return /stopped by (.*?) after/.exec(outcome.stopEvents[0] ?? '')?.[1] ?? 'unknown';
}

/** What is wrong with a stop, each as a sentence; nothing when all is well. */
export function judgeStop(outcome: StopOutcome): readonly string[] {
  const { job, deadlineSeconds, disk, stopEvents } = outcome;
  const seconds = outcome.seconds.toFixed(1);
  const isUnclean = disk.state !== 'clean' || disk.needsRecovery || disk.fsckExitCode !== 0;
  const faults: readonly (readonly [boolean, string])[] = [
    [stopEvents.length !== 1, `${stopEvents.length} events tell of a stop: ${stopEvents.join('; ')}`],
    [outcome.isLeftRunning, 'its emulator still runs'],
    [outcome.seconds > deadlineSeconds, `stopped after ${seconds} s, its deadline is ${deadlineSeconds} s`],
    [!disk.hasJournal, 'its file system has no journal'],
    [
      disk.lastWritten < outcome.lastTold,
      `lost files ${disk.lastWritten + 1} to ${outcome.lastTold}, which were on its disk`,
    ],
    ...(outcome.isDeaf
      ? deafFaults(outcome, seconds)
      : ([[isUnclean, `its file system is not clean: ${JSON.stringify(disk)}`]] as const)),
  ];
  return faults.filter(([isTrue]) => isTrue).map(([, words]) => `${job}: ${words}`);
}

/** One that ignores everything must get its whole deadline; its disk also shows whether the check can tell at all. */
function deafFaults(outcome: StopOutcome, seconds: string): readonly (readonly [boolean, string])[] {
  const rung = findRung(outcome);
  return [
    [
      outcome.seconds < outcome.deadlineSeconds * 0.8,
      `ended after ${seconds} s, long before its deadline of ${outcome.deadlineSeconds} s`,
    ],
    [
      rung !== 'telling qemu to quit' && rung !== 'SIGKILL',
      `it ignores everything, yet was stopped by ${rung}`,
    ],
    [
      !outcome.disk.needsRecovery,
      'its file system shows no trace of the power cut, so the check of the others proves nothing',
    ],
  ];
}
