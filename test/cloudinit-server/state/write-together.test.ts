import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createWriteGroup } from '../../../cloudinit-server/state/write-together.ts';

/** A table of unique numbers, and how often something was committed. */
function openNumbers(now?: () => number) {
  const database = new DatabaseSync(':memory:');
  database.exec('create table number (value integer primary key) strict');
  const insert = database.prepare('insert into number (value) values (?)');
  const group = createWriteGroup(database, now);
  return {
    database,
    group,
    add: (value: number) =>
      group.add(() => {
        insert.run(value);
        return value;
      }),
    list: () =>
      database
        .prepare('select value from number')
        .all()
        .map(row => row['value']),
  };
}

describe('createWriteGroup()', () => {
  it('writes what comes in during one turn in one transaction, and answers when it is on record', async () => {
    const { database, group, add, list } = openNumbers();
    const inside: boolean[] = [];
    const before = group.add(() => inside.push(database.isTransaction));
    const both = Promise.all([add(1), add(2)]);
    expect(list()).toEqual([]);
    expect(await both).toEqual([1, 2]);
    await before;
    expect(inside).toEqual([true]);
    expect(database.isTransaction).toBe(false);
    expect(list()).toEqual([1, 2]);
  });

  it('lets some time pass between two transactions, for more to come in', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { add, list } = openNumbers(() => 1_000);
      await add(1);
      const more = Promise.all([add(2), nextTurn().then(() => add(3))]);
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
      expect(list()).toEqual([1]);
      vi.advanceTimersByTime(3);
      expect(await more).toEqual([2, 3]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('undoes work that throws, whole and alone', async () => {
    const { database, group, add, list } = openNumbers();
    const cutShort = group.add(() => {
      database.exec('insert into number (value) values (7)');
      throw new Error('no');
    });
    const outcomes = await Promise.allSettled([add(1), add(1), cutShort, add(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(list()).toEqual([1, 2]);
  });

  it('tells all of them when the transaction cannot be ended', async () => {
    const { database, add, group, list } = openNumbers();
    // As a full disk does.
    const full = group.add(() => {
      database.exec('rollback');
      throw new Error('disk full');
    });
    const outcomes = await Promise.allSettled([add(1), full, add(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(list()).toEqual([]);
    expect(await add(3)).toBe(3);
  });

  it('writes at once when it is flushed', async () => {
    const { add, group, list } = openNumbers();
    const added = add(1);
    group.flush();
    expect(list()).toEqual([1]);
    await added;
  });
});
