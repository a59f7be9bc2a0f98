import { describe, expect, it } from 'vitest';
import { describeTrend } from './trend.ts';

const points = (...values: readonly number[]) => values.map((value, minute) => ({ minute, value }));

describe('describeTrend()', () => {
  it('tells what grows, and how fast', () => {
    expect(describeTrend(points(100, 102, 104, 106), 0)).toEqual({
      first: 100,
      last: 106,
      max: 106,
      slope: 2,
    });
  });

  it('leaves the warm-up out of the slope', () => {
    expect(describeTrend(points(10, 50, 90, 90, 90), 2)).toMatchObject({ first: 10, max: 90, slope: 0 });
  });

  it('is not misled by a single peak', () => {
    expect(describeTrend(points(50, 50, 90, 50, 50, 50), 0)).toMatchObject({ max: 90, slope: 0 });
  });

  it('finds growth below a sawtooth', () => {
    const teeth = Array.from({ length: 30 }, (_, minute) => 1000 + 20 * minute + (minute % 3) * 15);
    expect(describeTrend(points(...teeth), 5).slope).toBeCloseTo(20, 0);
  });

  it('refuses to judge a single sample', () => {
    expect(() => describeTrend(points(1, 2), 1)).toThrow('Cannot tell a trend from 1 samples');
  });
});
