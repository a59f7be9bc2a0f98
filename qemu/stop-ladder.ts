/**
 * How a VM is asked to stop, most polite first, within ONE deadline.
 *
 * A rung is tried at once when the one before it fails, and otherwise when that one's share of the deadline is over.
 * The shares add up to the deadline, so that a guest that ignores everything is dead when Nomad expects it to be.
 */
export type StopAction = 'guest-agent' | 'acpi-powerdown' | 'qmp-quit' | 'sigkill';

/** One rung: what to do and until when, in ms after the stop began, to wait for its effect. */
export interface StopRung {
  readonly action: StopAction;
  readonly waitUntilMs: number;
}

/** What decides the ladder. */
export interface StopLadderOptions {
  /** The task's kill_timeout. */
  readonly deadlineMs: number;
  /** Whether to ask the guest at all; without, qemu is told to quit, which is a power cut for the guest. */
  readonly isGraceful: boolean;
  readonly hasGuestAgent: boolean;
  /** Whether the guest is off already, so that nobody is left to ask. */
  readonly isGuestOff?: boolean;
}

/**
 * The rungs for one stop. The power button is pressed twice: a press is lost while a guest boots, and Windows takes
 * the first one as a wake-up.
 */
export function buildStopLadder(options: StopLadderOptions): readonly StopRung[] {
  const at = (share: number) => Math.round(options.deadlineMs * share);
  const hard: readonly StopRung[] = [
    { action: 'qmp-quit', waitUntilMs: at(0.95) },
    { action: 'sigkill', waitUntilMs: at(1) },
  ];
  if (!options.isGraceful || options.isGuestOff === true) return hard;
  const agent: readonly StopRung[] = options.hasGuestAgent
    ? [{ action: 'guest-agent', waitUntilMs: at(0.45) }]
    : [];
  const firstPressUntil = options.hasGuestAgent ? 0.65 : 0.45;
  return [
    ...agent,
    { action: 'acpi-powerdown', waitUntilMs: at(firstPressUntil) },
    { action: 'acpi-powerdown', waitUntilMs: at(0.85) },
    ...hard,
  ];
}
