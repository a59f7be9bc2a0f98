import type { StopAction } from '../qemu/stop-ladder.ts';
import type { StoppingPhase } from './task-state.ts';

/** How people are told of a rung. */
export const NAME_OF: Readonly<Record<StopAction, string>> = {
  'guest-agent': 'the guest agent',
  'acpi-powerdown': 'the power button',
  'qmp-quit': 'telling qemu to quit',
  sigkill: 'SIGKILL',
};

/** How a VM was stopped, for its events: which rung, after how long, and whether the guest was cut short. */
export function describeStop(phase: StoppingPhase, endedAtMs: number): string {
  if (phase.wasOff) return 'stopped; the guest was off already';
  // A stop that is begun anew tries the rungs before it again; nothing outlives SIGKILL.
  const last = phase.tried.includes('sigkill') ? 'sigkill' : phase.tried.at(-1);
  if (last === undefined) return 'stopped';
  const { sinceMs } = phase;
  // A stop that was begun before a reboot and is heard of after it takes no time, rather than less than none.
  const after = sinceMs === undefined ? '' : ` after ${formatSeconds(Math.max(0, endedAtMs - sinceMs))}`;
  const isCutShort = phase.tried.length > 1 && (last === 'qmp-quit' || last === 'sigkill');
  const limit = phase.cause === undefined ? 'its kill_timeout of ' : '';
  const cut = `; a power cut for the guest, which did not shut down within ${limit}${formatSeconds(phase.deadlineMs)}`;
  return `stopped by ${NAME_OF[last]}${after}${isCutShort ? cut : ''}`;
}

/** Milliseconds for people, such as `1.2 s`. */
export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
