import { describe, expect, it } from 'vitest';
import { FinishWatch } from '../../../driver/cloud-init/finish-watch.ts';
import { newSeedBook, type SeedBook } from '../../../driver/cloud-init/seed-book.ts';
import type { StopCause } from '../../../driver/task-state.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

/** A VM that was started when the clock was at its beginning, with 90 s for its cloud-init. */
class Guest {
  readonly clock = new FakeClock();
  readonly failures: StopCause[] = [];
  book: SeedBook = newSeedBook(0);
  /** What the server knows when it is asked, or that it does not answer. */
  unheard: Partial<SeedBook> | 'away' = {};
  asked = 0;
  readonly #end = new AbortController();
  readonly #startedAtMs = this.clock.nowMs();

  watch(): FinishWatch {
    const watch = new FinishWatch({
      readBook: () => this.book,
      readAgeMs: () => this.clock.nowMs() - this.#startedAtMs,
      mustFinishWithinMs: 90_000,
      catchUp: async () => {
        this.asked += 1;
        if (this.unheard === 'away') return false;
        this.book = { ...this.book, ...this.unheard };
        return true;
      },
      fail: cause => this.failures.push(cause),
      clock: this.clock,
    });
    void watch.run(this.#end.signal);
    return watch;
  }

  async hear(watch: FinishWatch, news: Partial<SeedBook>): Promise<void> {
    this.book = { ...this.book, ...news };
    watch.look();
    await settle();
  }

  async end(): Promise<void> {
    this.#end.abort();
    await settle();
  }
}

const FAILED = {
  outcome: { kind: 'failed', text: 'cloud-init failed in module runcmd after 12 s' },
} as const;

describe('FinishWatch', () => {
  it('lets a task go on whose cloud-init has ended well, without a timer', async () => {
    const guest = new Guest();
    const watch = guest.watch();
    await guest.clock.advance(60_000);
    expect(guest.clock.timers).toBe(1);
    await guest.hear(watch, { outcome: { kind: 'ready' } });
    expect(guest.clock.timers).toBe(0);
    await guest.clock.advance(3_600_000);
    expect(guest.failures).toEqual([]);
  });

  it('fails the task at once when a step fails, with its name', async () => {
    const guest = new Guest();
    const watch = guest.watch();
    await guest.hear(watch, FAILED);
    expect(guest.failures).toEqual([{ code: 'cloud-init-failed', text: FAILED.outcome.text }]);
    expect(guest.clock.timers).toBe(0);
  });

  it('fails the task when the time is over, with what holds cloud-init up', async () => {
    const guest = new Guest();
    const watch = guest.watch();
    await guest.hear(watch, { stuckReason: 'step "modules-final/x" runs for 40 s' });
    await guest.clock.advance(89_999);
    expect(guest.failures).toEqual([]);
    await guest.clock.advance(1);
    expect(guest.failures).toEqual([
      {
        code: 'cloud-init-late',
        text: 'cloud-init has not finished within 90 s: step "modules-final/x" runs for 40 s',
      },
    ]);
  });

  it('asks the server first whether it has ended meanwhile', async () => {
    const guest = new Guest();
    guest.unheard = { outcome: { kind: 'ready' } };
    guest.watch();
    await guest.clock.advance(90_000);
    expect(guest.asked).toBe(1);
    expect(guest.failures).toEqual([]);
    const other = new Guest();
    other.unheard = FAILED;
    other.watch();
    await other.clock.advance(90_000);
    expect(other.failures).toMatchObject([{ code: 'cloud-init-failed' }]);
  });

  it('fails no task for a server that does not answer, until it does', async () => {
    const guest = new Guest();
    guest.unheard = 'away';
    guest.watch();
    await guest.clock.advance(600_000);
    expect(guest.asked).toBeGreaterThan(10);
    expect(guest.failures).toEqual([]);
    guest.unheard = {};
    await guest.clock.advance(10_000);
    expect(guest.failures).toMatchObject([{ code: 'cloud-init-late' }]);
    expect(guest.clock.timers).toBe(0);
  });

  it('counts from the start of the VM, not of the plugin', async () => {
    const guest = new Guest();
    await guest.clock.advance(80_000);
    guest.watch();
    await guest.clock.advance(10_000);
    expect(guest.failures).toHaveLength(1);
  });

  it('ends with its VM', async () => {
    const guest = new Guest();
    guest.watch();
    await guest.end();
    expect(guest.clock.timers).toBe(0);
    await guest.clock.advance(600_000);
    expect(guest.failures).toEqual([]);
  });
});
