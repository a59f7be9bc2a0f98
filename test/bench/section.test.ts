import { describe, expect, it } from 'vitest';
import { renderSection } from '../../bench/render-section.ts';
import { type Goal, judgeSection, type Section } from '../../bench/section.ts';

/** A baseline of 100 and a series of that median and goal. */
function sectionOf(median: number, goal?: Goal): Section {
  const contestant = { name: 'driver vm', samples: [median - 1, median, median + 1] };
  return {
    title: 'first byte',
    unit: 'ms',
    series: [
      { name: 'bare qemu', samples: [90, 100, 130] },
      goal === undefined ? contestant : { ...contestant, goal },
    ],
  };
}

describe('judgeSection()', () => {
  it('compares the medians with the first series', () => {
    expect(judgeSection(sectionOf(120)).map(({ ratio }) => ratio)).toEqual([undefined, 1.2]);
  });

  it.each<[Goal, number, boolean]>([
    [{ kind: 'at-most-times', factor: 1.05 }, 105, true],
    [{ kind: 'at-most-times', factor: 1.05 }, 106, false],
    [{ kind: 'at-most', limit: 50 }, 50, true],
    [{ kind: 'at-most', limit: 50 }, 51, false],
    [{ kind: 'below-baseline' }, 99, true],
    [{ kind: 'below-baseline' }, 100, false],
  ])('judges %o with a median of %d against 100 as %s', (goal, median, isMet) => {
    expect(judgeSection(sectionOf(median, goal))[1]?.isMet).toBe(isMet);
  });

  it('judges nothing without a goal', () => {
    expect(judgeSection(sectionOf(120))[1]?.isMet).toBe(undefined);
  });
});

describe('renderSection()', () => {
  it('shows medians, ratio, goal and verdict in columns', () => {
    expect(renderSection(sectionOf(120, { kind: 'at-most-times', factor: 1.05 }))).toBe(
      [
        'first byte (ms)',
        '             median   min  max   ratio  goal',
        '  bare qemu     100  90.0  130',
        '  driver vm     120   119  121  1.20 ×  ≤ 1.05 ×  missed',
      ].join('\n'),
    );
  });
});
