import type { DatabaseSync } from 'node:sqlite';
import type { BumpCounts } from '../render/instance-id.ts';
import { transact } from './transact.ts';

/** How often each VM's generated instance-id was bumped. */
export interface BumpTable extends BumpCounts {
  /**
   * Counts one more, on record when this returns, as a transaction of its own.
   *
   * @param also goes on record with it
   */
  add(key: string, also?: () => void): void;
}

/** Reads the counts; all of them are in memory, as every meta-data needs one. */
export function createBumpTable(database: DatabaseSync): BumpTable {
  const counts = new Map<string, number>();
  for (const row of database.prepare('select key, count from bump').all()) {
    counts.set(String(row['key']), Number(row['count']));
  }
  const upsert = database.prepare('insert or replace into bump (key, count) values (?, ?)');
  return {
    find: key => counts.get(key) ?? 0,
    add: (key, also) => {
      const count = (counts.get(key) ?? 0) + 1;
      transact(database, () => {
        also?.();
        upsert.run(key, count);
      });
      // A full disk may show at the commit only.
      counts.set(key, count);
    },
  };
}
