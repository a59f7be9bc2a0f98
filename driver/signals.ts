import { DriverError } from './errors.ts';

/** What a signal does to a VM: a QMP command, and what the account says of it. */
export interface VmSignal {
  readonly command: 'system_powerdown' | 'system_reset' | 'stop' | 'cont' | 'inject-nmi';
  readonly effect: string;
}

const POWER_BUTTON: VmSignal = { command: 'system_powerdown', effect: 'pressed the power button' };
const PAUSE: VmSignal = { command: 'stop', effect: 'paused the VM' };

/**
 * A VM has no signals; these are the buttons on its case. SIGKILL is not among them, as it is what `nomad alloc signal`
 * sends when it is told nothing: a power cut must not be the default.
 */
export const VM_SIGNALS: Readonly<Record<string, VmSignal>> = {
  SIGTERM: POWER_BUTTON,
  SIGINT: POWER_BUTTON,
  SIGHUP: { command: 'system_reset', effect: 'pressed the reset button' },
  SIGSTOP: PAUSE,
  SIGTSTP: PAUSE,
  SIGCONT: { command: 'cont', effect: 'let the VM go on' },
  SIGQUIT: { command: 'inject-nmi', effect: 'sent a non-maskable interrupt' },
};

const TABLE =
  'SIGTERM and SIGINT press the power button, SIGHUP resets, SIGSTOP and SIGTSTP pause, SIGCONT goes on, ' +
  'SIGQUIT sends an NMI';

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
