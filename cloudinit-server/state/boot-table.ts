import type { DatabaseSync } from 'node:sqlite';
import { advanceBoot, beginBoot } from '../boot/advance-boot.ts';
import { beginsBoot } from '../boot/begins-boot.ts';
import type { Boot } from '../boot/boot.ts';
import type { Observation } from '../boot/observation.ts';
import type { ObservationTable } from './observation-table.ts';
import { transact } from './transact.ts';

/** Boots of one VM that are kept, the newest. */
export const MAX_BOOTS = 10;

/** Observations of one boot that are kept, the first; a real one has some 70. */
export const MAX_OBSERVATIONS = 500;

/** A boot on record. */
export interface RecordedBoot {
  readonly id: number;
  readonly boot: Boot;
  readonly observations: number;
}

/** The boots of VMs, as the observations that they are made of. */
export interface BootTable {
  /** The newest boot of a VM after one more observation, on record when this returns. */
  add(vmId: number, newest: RecordedBoot | undefined, seen: Observation): RecordedBoot;
  /** Oldest first. */
  list(vmId: number): readonly RecordedBoot[];
  /** Newest first; each is read when it is asked for, which takes some ms where a guest has reported as much as it may. */
  each(vmId: number): Iterable<RecordedBoot>;
  newest(vmId: number): RecordedBoot | undefined;
  /** Of VMs with a boot that began at this time or later. */
  listBegunSince(at: number): readonly number[];
}

/** Opens the table. (A limit that is a parameter would have sqlite prepare its statement anew at every use.) */
export function createBootTable(database: DatabaseSync, observations: ObservationTable): BootTable {
  const insertBoot = database.prepare(
    'insert into boot (vm_id, began_at, unfinished_before) values (?, ?, ?)',
  );
  const dropOld = database.prepare(
    `delete from boot where vm_id = ?1
     and id not in (select id from boot where vm_id = ?1 order by id desc limit ${MAX_BOOTS})`,
  );
  const selectBoots = database.prepare(
    `select id, unfinished_before from boot where vm_id = ? order by id desc limit ${MAX_BOOTS}`,
  );
  const selectSince = database.prepare('select distinct vm_id from boot where began_at >= ?');

  const begin = (vmId: number, boot: Boot, seen: Observation): RecordedBoot =>
    transact(database, () => {
      const id = Number(insertBoot.run(vmId, boot.beganAt, boot.unfinishedBefore).lastInsertRowid);
      observations.add(id, seen);
      dropOld.run(vmId);
      return { id, boot, observations: 1 };
    });
  function* load(vmId: number): Generator<RecordedBoot, undefined> {
    for (const row of selectBoots.all(vmId)) {
      const id = Number(row['id']);
      const seen = observations.list(id);
      const [first, ...others] = seen;
      if (first === undefined) continue;
      const begun = { ...beginBoot(undefined, first), unfinishedBefore: Number(row['unfinished_before']) };
      yield { id, boot: others.reduce(advanceBoot, begun), observations: seen.length };
    }
  }
  return {
    add: (vmId, newest, seen) => {
      if (newest === undefined || beginsBoot(newest.boot, seen)) {
        return begin(vmId, beginBoot(newest?.boot, seen), seen);
      }
      // What is beyond the limit counts until the server restarts.
      if (newest.observations < MAX_OBSERVATIONS) observations.add(newest.id, seen);
      return { ...newest, boot: advanceBoot(newest.boot, seen), observations: newest.observations + 1 };
    },
    list: vmId => [...load(vmId)].reverse(),
    each: load,
    newest: vmId => load(vmId).next().value,
    listBegunSince: at => selectSince.all(at).map(row => Number(row['vm_id'])),
  };
}
