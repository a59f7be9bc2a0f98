import { describe, expect, it } from 'vitest';
import { judgeLiveHeap, judgeSoak, type SoakSample } from './soak-verdict.ts';

const MAX_GROWTH_KIB = 50;
const steady = { rssKib: 90_000, pssKib: 80_000, openFiles: 40, threads: 11, processes: 51 };

/** A run of 8 minutes. */
function run(change: (minute: number) => Partial<SoakSample>): readonly SoakSample[] {
  return Array.from({ length: 9 }, (_, minute) => ({ minute, ...steady, ...change(minute) }));
}

describe('judgeSoak()', () => {
  it('finds nothing in a steady run', () => {
    expect(
      judgeSoak(
        run(() => ({})),
        MAX_GROWTH_KIB,
      ),
    ).toEqual([]);
  });

  it('finds memory that grows', () => {
    const samples = run(minute => ({ rssKib: 90_000 + minute * 60, pssKib: 80_000 + minute * 40 }));
    expect(judgeSoak(samples, MAX_GROWTH_KIB)).toEqual(['RSS grows by 60 KiB a minute, 50 are allowed']);
  });

  it.each([
    ['openFiles', 41],
    ['threads', 12],
    ['processes', 52],
  ] as const)('finds one more in %s', (metric, more) => {
    const samples = run(minute => (minute > 5 ? { [metric]: more } : {}));
    expect(judgeSoak(samples, MAX_GROWTH_KIB)).toEqual([`${metric} grew from ${more - 1} to ${more}`]);
  });
});

describe('judgeLiveHeap()', () => {
  it.each([
    [20_480, 0],
    [20_481, 1],
  ])('of %d KiB after 60 VMs have ended, from 20000, finds %d faults', (last, faults) => {
    expect(judgeLiveHeap({ first: 20_000, last }, 60)).toHaveLength(faults);
  });
});
