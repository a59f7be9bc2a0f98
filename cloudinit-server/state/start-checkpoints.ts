import type { DatabaseSync } from 'node:sqlite';

/** How often to look; when nothing was written between two looks, nobody waits who would notice. */
const LOOK_MS = 1_000;

/** Looks while guests boot all the time. */
const MOST_BUSY_LOOKS = 30;

/**
 * Brings what was written to the disk for good once it is quiet for a second, or after half a minute, until disposed of.
 *
 * sqlite would do it by itself every 1000 pages, which is in the middle of a storm: no guest got an answer for up to
 * 130 ms then (measured). It still does when the write-ahead log gets long.
 */
export function startCheckpoints(database: DatabaseSync): Disposable {
  const countChanges = database.prepare('select total_changes() as count');
  const checkpoint = database.prepare('pragma wal_checkpoint(passive)');
  const read = () => Number(countChanges.get()?.['count']);
  let done = read();
  let seen = done;
  let busyLooks = 0;
  const timer = setInterval(() => {
    const count = read();
    const isQuiet = count === seen;
    seen = count;
    busyLooks = isQuiet ? 0 : busyLooks + 1;
    if (count === done || (!isQuiet && busyLooks < MOST_BUSY_LOOKS)) return;
    busyLooks = 0;
    done = count;
    try {
      checkpoint.all();
    } catch {
      // The disk is full, as those are told who write. Nothing is lost: the log has it, and the next one tries again.
    }
  }, LOOK_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
