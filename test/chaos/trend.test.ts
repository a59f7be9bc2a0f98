import { describe, expect, it } from 'vitest';
import { describeTrend } from './trend.ts';

const points = (...values: readonly number[]) => values.map((value, minute) => ({ minute, value }));

describe('describeTrend()', () => {
  it('tells what grows, and how fast', () => {
    expect(describeTrend(points(100, 102, 104, 106))).toEqual({
      first: 100,
      last: 106,
      max: 106,
      slope: 2,
    });
  });

  it('is not misled by a single peak', () => {
    expect(describeTrend(points(50, 50, 90, 50, 50, 50))).toMatchObject({ max: 90, slope: 0 });
  });

  it('finds growth below a sawtooth', () => {
    const teeth = Array.from({ length: 30 }, (_, minute) => 1000 + 20 * minute + (minute % 3) * 15);
    expect(describeTrend(points(...teeth)).slope).toBeCloseTo(20, 0);
  });

  it('refuses to judge a single sample', () => {
    expect(() => describeTrend(points(1))).toThrow('Cannot tell a trend from 1 samples');
  });
});
