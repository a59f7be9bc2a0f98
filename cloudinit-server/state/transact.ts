import type { DatabaseSync } from 'node:sqlite';

/**
 * Does all of the work or none of it: on record as a whole when this returns. Within a transaction that is open it is
 * part of that one.
 *
 * @throws what the work throws, after it was undone
 */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    // A full disk may have ended it by itself.
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}
