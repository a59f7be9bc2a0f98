import { setTimeout as delay } from 'node:timers/promises';
import { describeFailure } from './http-errors.ts';

/** How to wait for something that fails. */
export interface HoldOptions {
  /** How long nobody is told of a failure; 0 gives up at once. */
  readonly holdMs: number;
  readonly retryMs: number;
  /** Whether after that time it is given up for this failure; it goes on until a signal otherwise. */
  readonly mayGiveUp: (error: unknown) => boolean;
  /** What ends the waiting at any time, with the last failure; asked for when there is something to wait for. */
  readonly signals: () => readonly AbortSignal[];
  /** Told once, of the first failure, when the waiting begins. */
  readonly onHold: (error: unknown) => void;
}

/**
 * Tries until it works or surely never will. A guest has no time limit of its own for an answer, so a late one costs it
 * nothing but time, while an error costs a guest before cloud-init 25.1 its identity after 10 s.
 *
 * @throws the last failure; what is no fault of the server, such as "unknown seed", at once
 */
export async function holdUntilAnswered<T>(attempt: () => Promise<T>, options: HoldOptions): Promise<T> {
  const { holdMs, retryMs, mayGiveUp } = options;
  try {
    return await attempt();
  } catch (error) {
    if (!isWorthWaiting(error) || holdMs === 0) throw error;
    options.onHold(error);
  }
  const stop = AbortSignal.any([...options.signals()]);
  const end = performance.now() + holdMs;
  for (;;) {
    // Rejects only because the waiting is over: then the next attempt is the last one.
    await delay(retryMs, undefined, { signal: stop }).catch(() => undefined);
    const isLate = performance.now() >= end;
    try {
      return await attempt();
    } catch (error) {
      if (!isWorthWaiting(error) || stop.aborted || (isLate && mayGiveUp(error))) throw error;
    }
  }
}

/** Also what is unexpected: a database that cannot be read for a moment is nothing that a guest should pay for. */
function isWorthWaiting(error: unknown): boolean {
  return describeFailure(error).isServerFault;
}
