import { describe, expect, it } from 'vitest';
import { parseGuestStats } from '../../qemu/guest-memory.ts';

const now = new Date('2026-01-01T00:00:00Z');
const updatedAt = now.getTime() / 1000 - 5;
/** What qemu 7.2 writes for a figure that the guest did not tell. */
const UNTOLD = 2 ** 64 - 1;

describe('parseGuestStats()', () => {
  it('counts as used what is not available', () => {
    const stats = { 'stat-total-memory': 1000, 'stat-available-memory': 700, 'stat-free-memory': 100 };
    expect(parseGuestStats({ stats, 'last-update': updatedAt }, now)).toEqual({
      totalBytes: 1000,
      usedBytes: 300,
    });
  });

  it('makes do with free memory from old guests', () => {
    const stats = { 'stat-total-memory': 1000, 'stat-available-memory': UNTOLD, 'stat-free-memory': 100 };
    expect(parseGuestStats({ stats, 'last-update': updatedAt }, now)?.usedBytes).toBe(900);
  });

  it('knows nothing of a guest that tells nothing, nonsense, or stopped telling', () => {
    const stats = { 'stat-total-memory': 1000, 'stat-available-memory': 700 };
    expect(parseGuestStats({ stats, 'last-update': updatedAt - 300 }, now)).toBeUndefined();
    expect(parseGuestStats({ stats, 'last-update': 0 }, now)).toBeUndefined();
    expect(
      parseGuestStats({ stats: { ...stats, 'stat-available-memory': 2000 }, 'last-update': updatedAt }, now),
    ).toBeUndefined();
    expect(
      parseGuestStats({ stats: { 'stat-total-memory': UNTOLD }, 'last-update': updatedAt }, now),
    ).toBeUndefined();
    expect(parseGuestStats('hello', now)).toBeUndefined();
  });
});
