import { describe, expect, it } from 'vitest';
import { judgeSoak, type SoakSample } from './soak-verdict.ts';

const limits = { warmUpMinutes: 2, maxGrowthKib: 50 };
const steady = { rssKib: 90_000, pssKib: 80_000, openFiles: 40, threads: 11 };

/** A run of 8 minutes. */
function run(change: (minute: number) => Partial<SoakSample>): readonly SoakSample[] {
  return Array.from({ length: 9 }, (_, minute) => ({ minute, ...steady, ...change(minute) }));
}

describe('judgeSoak()', () => {
  it('finds nothing in a steady run', () => {
    expect(
      judgeSoak(
        run(() => ({})),
        limits,
      ),
    ).toEqual([]);
  });

  it('allows growth in the warm-up', () => {
    const samples = run(minute => (minute < 2 ? { rssKib: 50_000, openFiles: 30, threads: 7 } : {}));
    expect(judgeSoak(samples, limits)).toEqual([]);
  });

  it('finds memory that grows', () => {
    const samples = run(minute => ({ rssKib: 90_000 + minute * 60, pssKib: 80_000 + minute * 40 }));
    expect(judgeSoak(samples, limits)).toEqual(['RSS grows by 60 KiB a minute, 50 are allowed']);
  });

  it('finds one more open file', () => {
    const samples = run(minute => (minute > 5 ? { openFiles: 41 } : {}));
    expect(judgeSoak(samples, limits)).toEqual(['openFiles grew from 40 after the warm-up to 41']);
  });

  it('finds one more thread', () => {
    const samples = run(minute => (minute > 5 ? { threads: 12 } : {}));
    expect(judgeSoak(samples, limits)).toEqual(['threads grew from 11 after the warm-up to 12']);
  });
});
