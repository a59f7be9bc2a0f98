import { describe, expect, it } from 'vitest';
import { takeTurns } from '../../cloudinit-server/take-turns.ts';

describe('takeTurns()', () => {
  it('goes on at once while a turn lasts, and lets others run when it is over', async () => {
    let now = 100;
    let turns = 0;
    const rest = takeTurns(() => now);
    setImmediate(() => {
      turns += 1;
    });
    now += 1.9;
    expect(rest()).toBeUndefined();
    now += 0.1;
    await rest();
    expect(turns).toBe(1);
    expect(rest()).toBeUndefined();
    now += 2;
    expect(rest()).toBeInstanceOf(Promise);
  });
});
