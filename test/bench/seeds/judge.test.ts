import { describe, expect, it } from 'vitest';
import { judgeScenario, type Result } from '../../../bench/seeds/judge.ts';
import { readPercentile } from '../../../bench/seeds/measure.ts';
import { renderScenario } from '../../../bench/seeds/render-scenario.ts';
import { buildScenarios, type Contestant } from '../../../bench/seeds/scenarios.ts';

const [burst, paced] = buildScenarios(300, 10_000);

function resultOf(contestant: Contestant, requestsPerSecond: number, p99Ms = 10): Result {
  const one = { requestsPerSecond, medianMs: 5, p99Ms, maxMs: 90, cpuMicrosPerRequest: 200, rssMib: 80 };
  return { contestant, rounds: [{ ...one, requestsPerSecond: 1 }, one, one] };
}

/** The servers of a scenario with these medians of requests per second, in order. */
function results(contestants: readonly Contestant[] = [], speeds: readonly number[] = []): readonly Result[] {
  return contestants.map((contestant, index) => resultOf(contestant, speeds[index] ?? 1000));
}

describe('readPercentile()', () => {
  it.each([
    [[1], 99, 1],
    [[1, 2, 3, 4], 50, 2],
    [[1, 2, 3, 4], 100, 4],
    [Array.from({ length: 200 }, (_, index) => index + 1), 99, 198],
  ])('of %j at %d is %d', (sorted, percent, value) => {
    expect(readPercentile(sorted, percent)).toBe(value);
  });

  it('refuses nothing at all', () => {
    expect(() => readPercentile([], 99)).toThrow(RangeError);
  });
});

describe('judgeScenario()', () => {
  it.each([
    [
      [5000, 1000, 1000, 1000, 1000],
      [true, true, true],
    ],
    [
      [5000, 1000, 960, 920, 930],
      [true, true, true],
    ],
    [
      [5000, 1000, 900, 900, 900],
      [false, true, true],
    ],
    [
      [5000, 1000, 1000, 900, 1000],
      [true, false, true],
    ],
    [
      [5000, 1000, 1000, 1000, 900],
      [true, true, false],
    ],
  ])('compares throughput %j with fastify, and of many VMs with few', (speeds, met) => {
    if (burst === undefined) throw new Error('no scenario');
    const verdicts = judgeScenario({ scenario: burst, results: results(burst.contestants, speeds) });
    expect(verdicts.map(({ isMet }) => isMet)).toEqual(met);
  });

  it('wants answers in time from every one of ours at the pace of guests', () => {
    if (paced === undefined) throw new Error('no scenario');
    const slow = paced.contestants.map(contestant =>
      resultOf(contestant, 500, contestant.server === 'ours' && contestant.isPolled ? 51 : 49),
    );
    expect(judgeScenario({ scenario: paced, results: slow }).map(({ isMet }) => isMet)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('renderScenario()', () => {
  it('shows medians, and how many times faster a server is than its rivals', () => {
    if (burst === undefined) throw new Error('no scenario');
    const text = renderScenario({ scenario: burst, results: results(burst.contestants, [5000, 1000, 2000]) });
    expect(text).toMatch(/^ +nginx, static files +5000 +5\.00 {2,}/m);
    expect(text).toMatch(/^ +nomad-vm serve +2000 +2\.00 +0\.40 +5\.00 +10\.0 +90\.0 +200 +80$/m);
    expect(text).toMatch(/^ {2}MISSED: as fast with many/m);
  });
});
