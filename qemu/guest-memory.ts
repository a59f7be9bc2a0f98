import { toRecord } from './unknown-record.ts';

/** Memory as the guest sees it: its own word, by the driver of its balloon. */
export interface GuestMemory {
  readonly totalBytes: number;
  /** Neither free nor free to be taken, such as a page cache. */
  readonly usedBytes: number;
}

/** Where the balloon of our own making is in qemu's tree of objects. */
export const BALLOON_PATH = '/machine/peripheral/balloon';

/** A guest that stopped answering must not be shown as it was; some periods of ours. */
const FRESH_SECONDS = 60;

/**
 * Reads the answer of `qom-get guest-stats`.
 *
 * @returns undefined when the guest has no balloon driver, leaves figures out or has not told for a while.
 */
export function parseGuestStats(answer: unknown, now: Date): GuestMemory | undefined {
  const { stats, 'last-update': updatedAt } = { ...toRecord(answer) };
  if (typeof updatedAt !== 'number' || updatedAt < now.getTime() / 1000 - FRESH_SECONDS) return undefined;
  const figures = toRecord(stats);
  const totalBytes = readFigure(figures?.['stat-total-memory']);
  // Guests before Linux 4.6 don't tell what is available.
  const freeBytes =
    readFigure(figures?.['stat-available-memory']) ?? readFigure(figures?.['stat-free-memory']);
  if (totalBytes === undefined || freeBytes === undefined || freeBytes > totalBytes) return undefined;
  return { totalBytes, usedBytes: totalBytes - freeBytes };
}

/** qemu writes 2^64 - 1 for what the guest did not tell. */
function readFigure(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
