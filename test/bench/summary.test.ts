import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../bench/summary.ts';

describe('summarize()', () => {
  it('takes the middle one of an odd number, in order of size', () => {
    expect(summarize([10, 9, 100])).toEqual({ median: 10, min: 9, max: 100 });
  });

  it('takes the mean of the middle two of an even number', () => {
    expect(summarize([4, 1, 3, 100])).toEqual({ median: 3.5, min: 1, max: 100 });
  });

  it('is the sample itself where there is one', () => {
    expect(summarize([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  it('leaves the samples as they are', () => {
    const samples = [3, 1, 2];
    summarize(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it('has as many samples below the median as above it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 }), samples => {
        const { median } = summarize(samples);
        const half = samples.length / 2;
        expect(samples.filter(sample => sample < median).length).toBeLessThanOrEqual(half);
        expect(samples.filter(sample => sample > median).length).toBeLessThanOrEqual(half);
      }),
    );
  });

  it('refuses to sum up nothing', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});
