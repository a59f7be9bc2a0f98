import { setTimeout as delay } from 'node:timers/promises';

/** Time, as far as a watch needs it. */
export interface Clock {
  /** Monotonic, in ms. */
  nowMs(): number;
  /** Resolves, and never rejects, when the time is over or the signal aborts; no timer is left then. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The time of this machine. Its waits don't keep the process alive. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
};
