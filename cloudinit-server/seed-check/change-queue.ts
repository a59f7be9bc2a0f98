import { setTimeout as delay } from 'node:timers/promises';
import { Bell } from './bell.ts';

/** Folders to look at again; `all`: everything. */
export type Changes =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly seedPaths: readonly string[] };

/** In ms. */
export interface ChangeTimes {
  /** An editor writes, renames and removes some files for one save: they are one change. */
  readonly quietMs: number;
  /** A checkout that goes on for long is looked at meanwhile. */
  readonly longestWaitMs: number;
  /** Everything is looked at again so often: other hosts' edits of a network file system send no event. */
  readonly allMs: number;
}

export const DEFAULT_CHANGE_TIMES: ChangeTimes = { quietMs: 250, longestWaitMs: 2_000, allMs: 300_000 };

/** Collects changes of folders until it is quiet. */
export class ChangeQueue {
  readonly #times: ChangeTimes;
  readonly #seedPaths = new Set<string>();
  readonly #news = new Bell();
  #isAll = false;
  #allAt = performance.now();
  #newestAt = 0;

  constructor(times: ChangeTimes) {
    this.#times = times;
  }

  /** @param seedPath undefined: everything */
  add(seedPath: string | undefined): void {
    if (seedPath === undefined) this.#isAll = true;
    else this.#seedPaths.add(seedPath);
    this.#newestAt = performance.now();
    this.#news.ring();
  }

  /** Waits for changes, and takes them. Once the signal is aborted it waits no longer. */
  async take(signal: AbortSignal): Promise<Changes> {
    const { allMs } = this.#times;
    while (!signal.aborted && !this.#isAll && this.#seedPaths.size === 0 && !this.#isTimeForAll()) {
      await this.#news.wait(this.#allAt + allMs - performance.now(), signal);
    }
    await this.#untilQuiet(signal);
    const seedPaths = [...this.#seedPaths];
    const isAll = this.#isAll || this.#isTimeForAll();
    this.#seedPaths.clear();
    this.#isAll = false;
    if (!isAll) return { kind: 'some', seedPaths };
    this.#allAt = performance.now();
    return { kind: 'all' };
  }

  async #untilQuiet(signal: AbortSignal): Promise<void> {
    const { quietMs, longestWaitMs } = this.#times;
    const end = performance.now() + longestWaitMs;
    while (!signal.aborted) {
      const leftMs = Math.min(this.#newestAt + quietMs, end) - performance.now();
      if (leftMs <= 0) return;
      // Rejects when it is aborted, which the next round sees.
      await delay(leftMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #isTimeForAll(): boolean {
    return performance.now() >= this.#allAt + this.#times.allMs;
  }
}
