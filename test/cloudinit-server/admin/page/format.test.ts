import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatSeconds,
  formatSentence,
  renderAgo,
  renderTime,
} from '../../../../cloudinit-server/admin/page/format.ts';

describe('formatSeconds()', () => {
  it.each([
    [0, '0 s'],
    [0.0004, '0 s'],
    [0.04, '40 ms'],
    [0.0994, '99 ms'],
    [0.0995, '0.1 s'],
    [3.21, '3.2 s'],
    [9.94, '9.9 s'],
    [9.95, '10 s'],
    [59.4, '59 s'],
    [59.5, '1 min'],
    [65, '1 min 5 s'],
    [3599.6, '1 h'],
    [7_800, '2 h 10 min'],
    [86_399, '1 d'],
    [273_600, '3 d 4 h'],
  ])('%d is %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});

describe('formatSentence()', () => {
  it('begins with a capital and ends with a full stop', () => {
    expect(formatSentence('step "a" failed; look')).toBe('Step "a" failed; look.');
  });
});

describe('formatBytes()', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_440, '1.4 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('renderAgo()', () => {
  const now = new Date('2026-01-31T12:00:00.000Z');

  it.each([
    ['2026-01-31T11:59:01.000Z', 'just now'],
    ['2026-01-31T12:00:05.000Z', 'just now'],
    ['2026-01-31T11:58:30.000Z', '1 min ago'],
    ['2026-01-29T12:00:00.000Z', '2 d ago'],
  ])('%s is %s', (time, text) => expect(String(renderAgo(time, now))).toContain(`>${text}</time>`));

  it('has the time itself in it', () => {
    expect(String(renderAgo('2026-01-31T11:58:30.123Z', now))).toContain(
      'datetime="2026-01-31T11:58:30.123Z" title="2026-01-31 11:58:30 UTC"',
    );
  });
});

describe('renderTime()', () => {
  it('is to the second, in UTC', () => {
    expect(String(renderTime('2026-01-31T11:58:30.123Z'))).toContain('>2026-01-31 11:58:30 UTC</time>');
  });
});
