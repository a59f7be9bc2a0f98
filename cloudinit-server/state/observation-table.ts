import type { DatabaseSync } from 'node:sqlite';
import type { Observation } from '../boot/observation.ts';
import { transact } from './transact.ts';

/** Observations that wait to be sorted at most: a boot that is read looks through all of them. */
const MAX_WAITING = 8_192;
/** How many are sorted at once while guests boot: some 10 ms. */
const CHUNK = 2_048;

/** What was seen of boots, one observation a row. */
export interface ObservationTable {
  add(bootId: number, seen: Observation): void;
  /** Of one boot, oldest first. */
  list(bootId: number): readonly Observation[];
  /** Sorts what waits, for when nobody else does. */
  settle(): void;
}

/**
 * Opens the table. New rows go to the end of one table, so that a storm of guests writes few pages; they are put where
 * their boot's are later, many at once.
 */
export function createObservationTable(database: DatabaseSync): ObservationTable {
  const insert = database.prepare('insert into fresh_observation (boot_id, data) values (?, ?)');
  const selectSettled = database.prepare('select data from observation where boot_id = ? order by id');
  const selectFresh = database.prepare('select data from fresh_observation where boot_id = ? order by id');
  const selectChunk = database.prepare(
    `select max(id) as last, count(*) as moved
     from (select id from fresh_observation order by id limit ${CHUNK})`,
  );
  const move = database.prepare(
    `insert into observation (boot_id, data)
     select boot_id, data from fresh_observation where id <= ? order by boot_id, id`,
  );
  const drop = database.prepare('delete from fresh_observation where id <= ?');
  const count = database.prepare('select count(*) as count from fresh_observation');
  /** How many wait, but for those that were undone. */
  let waiting = Number(count.get()?.['count']);

  /** @returns how many were moved */
  const moveChunk = (): number =>
    transact(database, () => {
      const { last, moved } = { ...selectChunk.get() };
      if (typeof last !== 'number') return 0;
      move.run(last);
      drop.run(last);
      return Number(moved);
    });

  return {
    add: (bootId, seen) => {
      insert.run(bootId, JSON.stringify(seen));
      waiting += 1;
      if (waiting > MAX_WAITING) waiting -= moveChunk();
    },
    // Written by this file alone, so it is what it was.
    list: bootId =>
      [...selectSettled.all(bootId), ...selectFresh.all(bootId)].map(
        ({ data }) => JSON.parse(String(data)) as Observation,
      ),
    settle: () => {
      while (moveChunk() > 0);
      waiting = 0;
    },
  };
}
