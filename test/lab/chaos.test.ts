import { describe, expect, it } from 'vitest';
import { runChaos } from '../chaos/chaos.ts';
import { FLAWLESS } from '../chaos/verdict.ts';

describe('runChaos()', () => {
  it('finds nothing lost, doubled or wrong in a short run', { timeout: 300_000 }, async () => {
    const { verdict, linesCompared, lives } = await runChaos(
      { guests: 3, pluginKills: 4, agentKills: 1 },
      () => undefined,
    );
    expect(verdict).toEqual(FLAWLESS);
    expect(linesCompared).toBeGreaterThan(1_000);
    expect(lives.length).toBeGreaterThan(0);
  });
});
