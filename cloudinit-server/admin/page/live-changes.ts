import { setTimeout as sleepFor } from 'node:timers/promises';

/** What a stream of changes works with. */
export interface StreamChangesOptions {
  /** Calls back at every change until the signal is aborted. */
  readonly subscribe: (signal: AbortSignal, callback: () => void) => void;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Pages that are kept up to date just now, this one included. */
  readonly countPages: () => number;
  /** Resolves after some ms; rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** At least between two words of a change, however much happens. */
const PACE_MS = 1_000;

/** The same between those to any two of all pages: what pages cost does not grow with who looks. */
const SHARED_PACE_MS = 100;

/** At most between two words: time alone makes a VM stuck, and a connection that is gone is noticed. */
const REST_MS = 10_000;

/** How long a browser waits before it connects again. */
const RETRY_MS = 3_000;

/**
 * A stream of server-sent events (WHATWG HTML, 9.2), one for each time that a page should be loaded again: at once, as
 * it may have changed since, then after changes, not too often, and now and then without any. They hold nothing.
 */
export async function* streamChanges(options: StreamChangesOptions): AsyncGenerator<string> {
  const {
    subscribe,
    signal,
    countPages,
    sleep = (ms, end) => sleepFor(ms, undefined, { signal: end }),
  } = options;
  let changed = Promise.withResolvers<void>();
  subscribe(signal, () => changed.resolve());
  yield `retry: ${RETRY_MS}\n\n`;
  try {
    while (!signal.aborted) {
      yield 'data: look\n\n';
      const paceMs = Math.min(REST_MS, Math.max(PACE_MS, countPages() * SHARED_PACE_MS));
      await sleep(paceMs, signal);
      const enough = new AbortController();
      const rest = sleep(REST_MS - paceMs, AbortSignal.any([signal, enough.signal]));
      await Promise.race([changed.promise, rest]).finally(() => enough.abort());
      changed = Promise.withResolvers();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
