import { describe, expect, it } from 'vitest';
import { parseDurationMs } from '../../../driver/config/duration.ts';

describe('parseDurationMs()', () => {
  it.each([
    ['60s', 60_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', '60', 's', '1d', '-1s', 60, undefined])('knows that %j is none', value => {
    expect(parseDurationMs(value)).toBeUndefined();
  });
});
