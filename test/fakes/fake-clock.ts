import type { Clock } from '../../driver/address/clock.ts';

/** A clock that goes on when it is told to. */
export class FakeClock implements Clock {
  #nowMs = 1_000_000;
  readonly #waits = new Set<{ readonly untilMs: number; readonly resolve: () => void }>();

  /** How many timers are set. */
  get timers(): number {
    return this.#waits.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = { untilMs: this.#nowMs + ms, resolve };
    this.#waits.add(wait);
    const drop = () => {
      this.#waits.delete(wait);
      resolve();
    };
    if (signal.aborted) drop();
    else signal.addEventListener('abort', drop, { once: true });
    return promise;
  }

  /** Lets the time pass, timer by timer, and what they set off happen. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const next = [...this.#waits]
        .filter(wait => wait.untilMs <= untilMs)
        .sort((a, b) => a.untilMs - b.untilMs)[0];
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.untilMs);
      this.#waits.delete(next);
      next.resolve();
      await settle();
    }
    this.#nowMs = untilMs;
  }
}

/** Until everything that needs no time has happened. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(resolve => setImmediate(resolve));
}
