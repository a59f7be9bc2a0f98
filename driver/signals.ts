import type { Vm } from '../qemu/vm.ts';
import { describeIo } from './describe-io.ts';
import { DriverError } from './errors.ts';
import type { StopManner, Task } from './task.ts';
import type { TaskRecord } from './task-record.ts';

/** What a signal does: it has what went through the VM's devices told, or presses a button. */
export type VmSignal = 'tell-io' | VmButton;

/** A button of a VM: a QMP command, and what the account says of it. */
interface VmButton {
  readonly command: 'system_powerdown' | 'system_reset' | 'stop' | 'cont' | 'inject-nmi';
  readonly effect: string;
}

const POWER_BUTTON: VmButton = { command: 'system_powerdown', effect: 'pressed the power button' };
const PAUSE: VmButton = { command: 'stop', effect: 'paused the VM' };

/**
 * A VM has no signals; these are the buttons on its case, and a meter. SIGKILL is not among them, as it is what `nomad
 * alloc signal` sends when it is told nothing: a power cut must not be the default.
 */
export const VM_SIGNALS: Readonly<Record<string, VmSignal>> = {
  SIGTERM: POWER_BUTTON,
  SIGINT: POWER_BUTTON,
  SIGHUP: { command: 'system_reset', effect: 'pressed the reset button' },
  SIGSTOP: PAUSE,
  SIGTSTP: PAUSE,
  SIGCONT: { command: 'cont', effect: 'let the VM go on' },
  SIGQUIT: { command: 'inject-nmi', effect: 'sent a non-maskable interrupt' },
  SIGUSR1: 'tell-io',
};

const TABLE =
  'SIGTERM and SIGINT press the power button, SIGHUP resets, SIGSTOP and SIGTSTP pause, SIGCONT goes on, ' +
  'SIGQUIT sends an NMI, SIGUSR1 has disk and network I/O told in the log';

/**
 * What a job's `kill_signal` makes of a stop. A guest has no process of ours to take one, so that any signal asks it to
 * shut down; only SIGKILL says that nobody shall be asked.
 */
export function stopMannerOf(killSignal: string): StopManner {
  return /^(sig)?kill$/i.test(killSignal.trim()) ? 'at-once' : 'as-configured';
}

/** What a signal needs of a task. */
export interface SignalTarget extends Pick<Task, 'note' | 'powerOn'> {
  readonly vm: Pick<Vm, 'command' | 'query'> | undefined;
  readonly record: Pick<TaskRecord, 'stage'>;
}

const ANSWER_MS = 5_000;

/**
 * Presses the button that a signal stands for. SIGCONT also switches on a guest that powered off and is held; the other
 * buttons do nothing to a machine that is off. That is no error, as Nomad kills a task whose template's signal fails.
 *
 * @throws DriverError for a signal that is not in the table, or a VM that has ended; QemuError when qemu refuses.
 */
export async function sendSignal(task: SignalTarget, name: string, caller: AbortSignal): Promise<void> {
  const found = findVmSignal(name);
  const { stage } = task.record;
  if (task.vm === undefined || stage.tag !== 'running')
    throw new DriverError('vm-failed', `Cannot send "${name}" to the VM: it has ended`);
  const signal = AbortSignal.any([caller, AbortSignal.timeout(ANSWER_MS)]);
  if (found === 'tell-io') {
    task.note(describeIo(await task.vm.query('query-blockstats', {}, signal), stage.qemu.pid));
    return;
  }
  const { command, effect } = found;
  if (command === 'cont' && (await task.powerOn())) return;
  if (stage.phase.tag === 'held') {
    task.note(`${name} was sent, and does nothing: the guest is off; SIGCONT switches it on`);
    return;
  }
  await task.vm.command(command, signal);
  task.note(`${effect}: ${name} was sent`);
}

/**
 * Looks a signal up, by its name with or without "SIG", in any case.
 *
 * @throws DriverError `unsupported`, with the table.
 */
export function findVmSignal(name: string): VmSignal {
  const upper = name.trim().toUpperCase();
  const full = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const signal = Object.hasOwn(VM_SIGNALS, full) ? VM_SIGNALS[full] : undefined;
  if (signal !== undefined) return signal;
  const advice = full === 'SIGKILL' ? '; to end the VM, stop its job or allocation' : '';
  throw new DriverError('unsupported', `Cannot send "${name}" to a VM: ${TABLE}${advice}`);
}
