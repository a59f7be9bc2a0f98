import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../cloudinit-server/boot/observation.ts';
import { createObservationTable } from '../../../cloudinit-server/state/observation-table.ts';
import { openState } from '../../../cloudinit-server/state/open-state.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

describe('createObservationTable()', () => {
  it('gives back what was seen of each boot, in order, however much of it waits to be sorted', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(1, 2, 3) },
      { weight: 1, arbitrary: fc.constantFrom('settle', 'reopen') },
    );
    fc.assert(
      fc.property(fc.array(step), steps => {
        using database = openWithBoots(3);
        let table = createObservationTable(database);
        const seen = new Map<number, Observation[]>([1, 2, 3].map(boot => [boot, []]));
        for (const [at, what] of steps.entries()) {
          if (what === 'settle') table.settle();
          else if (what === 'reopen') table = createObservationTable(database);
          else {
            table.add(what, phoneHome(at));
            seen.get(what)?.push(phoneHome(at));
          }
        }
        for (const [boot, all] of seen) expect(table.list(boot)).toEqual(all);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it('lets no more wait than a boot that is read can look through', () => {
    using database = openWithBoots(5);
    const table = createObservationTable(database);
    const all = Array.from({ length: 20_000 }, (_, at) => phoneHome(at));
    database.exec('begin');
    for (const seen of all) table.add(1 + (seen.at % 5), seen);
    database.exec('commit');
    expect(countRows(database, 'fresh_observation')).toBeLessThanOrEqual(8_192);
    expect(table.list(1)).toEqual(all.filter(({ at }) => at % 5 === 0));
    table.settle();
    expect(countRows(database, 'fresh_observation')).toBe(0);
    expect(table.list(5)).toEqual(all.filter(({ at }) => at % 5 === 4));
  });

  it('forgets what waits with its boot', () => {
    using database = openWithBoots(2);
    const table = createObservationTable(database);
    table.add(2, phoneHome(1));
    database.exec('delete from boot where id = 2; insert into boot values (2, 1, 0, 0)');
    expect(table.list(2)).toEqual([]);
    table.settle();
    expect(table.list(2)).toEqual([]);
  });
});

function openWithBoots(count: number): DatabaseSync {
  const database = openState(undefined);
  database.exec(`insert into vm values (1, 'seed:alice', 'token', 0)`);
  const insert = database.prepare('insert into boot values (?, 1, 0, 0)');
  for (let id = 1; id <= count; id += 1) insert.run(id);
  return database;
}

function phoneHome(at: number): Observation {
  return { kind: 'phone-home', at, address: '10.0.0.1' };
}

function countRows(database: DatabaseSync, table: string): number {
  return Number(database.prepare(`select count(*) as count from ${table}`).get()?.['count']);
}
