import type { DatabaseSync } from 'node:sqlite';

/** How often to look; when nothing was written between two looks, nobody waits who would notice. */
const LOOK_MS = 1_000;

/**
 * Brings what was written to the disk for good once it is quiet for a second, until disposed of: sqlite does it by itself
 * every 1000 pages, and what came after the last of them would stay in the kernel's hands.
 *
 * @param tidyUp is called before, and may write
 */
export function startCheckpoints(database: DatabaseSync, tidyUp: () => void): Disposable {
  const countChanges = database.prepare('select total_changes() as count');
  const checkpoint = database.prepare('pragma wal_checkpoint(passive)');
  const read = () => Number(countChanges.get()?.['count']);
  // What an earlier process has left is brought there too.
  let done: number | undefined;
  let seen = read();
  const timer = setInterval(() => {
    const count = read();
    const isQuiet = count === seen;
    seen = count;
    if (count === done || !isQuiet) return;
    try {
      tidyUp();
      checkpoint.all();
    } catch {
      // The disk is full, as those are told who write. Nothing is lost: the log has it, and the next one tries again.
    }
    done = seen = read();
  }, LOOK_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
