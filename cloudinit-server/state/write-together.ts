import type { DatabaseSync } from 'node:sqlite';
import { transact } from './transact.ts';

/** ms between two commits at least, which nobody notices: a third of what a report costs in a storm is saved (measured). */
const APART_MS = 3;

/** Writes that go on record together. */
export interface WriteGroup {
  /**
   * Does a piece of work in one transaction with what else comes in during this turn of the event loop or, in a storm, during
   * some milliseconds: guests cost a commit for each of these, not for each of their reports.
   *
   * @returns what the work returned, when it is on record
   * @throws what the work throws, after it alone was undone; or what kept all of them from going on record
   */
  add<T>(work: () => T): Promise<T>;
  /** Writes what is waiting, now. */
  flush(): void;
}

/** Work that waits for its turn. */
interface Waiting {
  /** Does it, and returns what to do when the transaction has ended. */
  run(): () => void;
  fail(error: unknown): void;
}

/** Creates a group for a database. @param now ms on a clock that nobody sets */
export function createWriteGroup(database: DatabaseSync, now = () => performance.now()): WriteGroup {
  const attempt = createSavepoint(database);
  let waiting: Waiting[] = [];
  let flushedAt = Number.NEGATIVE_INFINITY;
  const flush = () => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    flushedAt = now();
    try {
      const settles = transact(database, () => group.map(one => one.run()));
      for (const settle of settles) settle();
    } catch (error) {
      for (const one of group) one.fail(error);
    }
  };
  return {
    add: <T>(work: () => T) => {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const run = () => {
        try {
          const value = attempt(work);
          return () => resolve(value);
        } catch (error) {
          // A full disk may have undone the whole group.
          if (!database.isTransaction) throw error;
          return () => reject(error);
        }
      };
      if (waiting.length === 0) {
        const restMs = flushedAt + APART_MS - now();
        if (restMs > 0) setTimeout(flush, restMs);
        else setImmediate(flush);
      }
      waiting.push({ run, fail: reject });
      return promise;
    },
    flush,
  };
}

/** Work within a transaction that is undone by itself when it throws. */
function createSavepoint(database: DatabaseSync): <T>(work: () => T) => T {
  const begin = database.prepare('savepoint work');
  const release = database.prepare('release work');
  const rollback = database.prepare('rollback to work');
  return work => {
    begin.run();
    try {
      return work();
    } catch (error) {
      if (database.isTransaction) rollback.run();
      throw error;
    } finally {
      if (database.isTransaction) release.run();
    }
  };
}
