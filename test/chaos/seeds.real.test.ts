import { describe, expect, it } from 'vitest';
import { judgeSeedStorm, runSeedStorm } from './seeds.ts';

const GOOD = {
  badAnswers: 0,
  gaveUp: 0,
  lostReports: 0,
  lostHostKeys: 0,
  lostRegistrations: 0,
  lostEvents: 0,
};

describe('a seed server that is killed while guests boot', () => {
  it('gives them nothing but files and pauses, and loses nothing that it has answered', async () => {
    const storm = await runSeedStorm({ kills: 5, guests: 5 }, () => undefined);
    expect(judgeSeedStorm(storm)).toEqual([]);
    expect(storm).toMatchObject({ kills: 5, ...GOOD });
  }, 120_000);

  it.each([
    ['answered', 0],
    ['badAnswers', 1],
    ['gaveUp', 1],
    ['lostReports', 1],
    ['lostHostKeys', 1],
    ['lostRegistrations', 1],
    ['lostEvents', 1],
    ['registered', 0],
  ])('is found wanting when %s is %d', (name, value) => {
    const storm = { kills: 5, boots: 9, registered: 4, answered: 600, retried: 20, ...GOOD, [name]: value };
    expect(judgeSeedStorm(storm)).toHaveLength(1);
  });
});
