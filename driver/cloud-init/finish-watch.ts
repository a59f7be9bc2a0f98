import { type Clock, SYSTEM_CLOCK } from '../address/clock.ts';
import type { StopCause } from '../task-state.ts';
import { type FinishVerdict, judgeFinish } from './judge-finish.ts';
import type { SeedBook } from './seed-book.ts';

/** A VM whose task depends on its cloud-init. */
export interface FinishWatchOptions {
  /** What is known now. */
  readonly readBook: () => Pick<SeedBook, 'outcome' | 'stuckReason'>;
  /** How old the VM is, by a clock that nobody sets. */
  readonly readAgeMs: () => number;
  readonly mustFinishWithinMs: number;
  /** Hears all that the seed server knows; false while it does not answer. */
  readonly catchUp: (signal: AbortSignal) => Promise<boolean>;
  /** Is called once, when the task has to fail. */
  readonly fail: (cause: StopCause) => void;
  /** @default {SYSTEM_CLOCK} */
  readonly clock?: Clock;
}

/** A server that is away must not cost a task whose guest may be ready: it is asked until it answers. */
const ASK_AGAIN_MS = 10_000;

/** Sees to it that a task keeps its `must_finish_within`, until that is decided or the signal aborts. */
export class FinishWatch {
  readonly #options: FinishWatchOptions;
  readonly #clock: Clock;
  #wake = new AbortController();

  constructor(options: FinishWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** Something was heard of the VM. */
  look(): void {
    this.#wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const verdict = this.#judge();
      if (verdict.kind === 'kept') return;
      if (verdict.kind === 'failed') return this.#options.fail(verdict.cause);
      if (verdict.kind === 'open') await this.#pause(verdict.remainingMs, signal);
      else if (await this.#options.catchUp(signal)) {
        if (signal.aborted) return;
        // What was heard just now may have decided it.
        const last = this.#judge();
        return last.kind === 'failed' || last.kind === 'over' ? this.#options.fail(last.cause) : undefined;
      } else await this.#pause(ASK_AGAIN_MS, signal);
    }
  }

  #judge(): FinishVerdict {
    const { readBook, mustFinishWithinMs, readAgeMs } = this.#options;
    return judgeFinish(readBook(), mustFinishWithinMs, readAgeMs());
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return this.#clock.wait(ms, AbortSignal.any([signal, this.#wake.signal]));
  }
}
