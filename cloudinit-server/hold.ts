import { setTimeout as delay } from 'node:timers/promises';
import { SeedError } from './errors.ts';

/** How to wait for something that fails. */
export interface HoldOptions {
  /** 0 gives up at once. */
  readonly holdMs: number;
  readonly retryMs: number;
  /** What ends the waiting early, with the last failure; asked for when there is something to wait for. */
  readonly signals: () => readonly AbortSignal[];
  /** Told once, of the first failure, when the waiting begins. */
  readonly onHold: (error: SeedError) => void;
}

/**
 * Tries until it works or surely never will. A guest has no time limit of its own for an answer, so a late one costs it nothing but time,
 * while an error costs a guest before cloud-init 25.1 its identity after 10 s.
 *
 * @throws the last failure; an answer such as "unknown seed", and what is no SeedError, at once
 */
export async function holdUntilReadable<T>(attempt: () => Promise<T>, options: HoldOptions): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isWorthWaiting(error) || options.holdMs === 0) throw error;
    options.onHold(error);
  }
  const end = AbortSignal.any([...options.signals(), AbortSignal.timeout(options.holdMs)]);
  for (;;) {
    // Rejects only because the waiting is over: then the next attempt is the last one.
    await delay(options.retryMs, undefined, { signal: end }).catch(() => undefined);
    try {
      return await attempt();
    } catch (error) {
      if (!isWorthWaiting(error) || end.aborted) throw error;
    }
  }
}

function isWorthWaiting(error: unknown): error is SeedError {
  return error instanceof SeedError && error.code !== 'seed-unknown';
}
