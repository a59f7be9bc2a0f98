import { describe, expect, it } from 'vitest';
import { createRefusalLimit } from '../../cloudinit-server/refusal-limit.ts';

describe('createRefusalLimit()', () => {
  it('has ten told a minute, and then how many were not', () => {
    let now = 5_000;
    const limit = createRefusalLimit(() => now);
    for (let count = 0; count < 10; count += 1) expect(limit.refuse()).toEqual({ kind: 'told', untold: 0 });
    now += 20_000;
    expect(limit.refuse()).toEqual({ kind: 'limited', untilMs: 40_000 });
    expect(limit.refuse().kind).toBe('limited');
    now += 40_000;
    expect(limit.refuse()).toEqual({ kind: 'told', untold: 2 });
    expect(limit.refuse()).toEqual({ kind: 'told', untold: 0 });
  });

  it('does not wait for a clock that was set back', () => {
    let now = 1e12;
    const limit = createRefusalLimit(() => now);
    for (let count = 0; count < 11; count += 1) limit.refuse();
    now = 1e11;
    expect(limit.refuse().kind).toBe('told');
  });
});
