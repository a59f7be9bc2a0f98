import type { DatabaseSync } from 'node:sqlite';
import type { VmEvent, VmEventBody, VmEventKind } from '../client/drivers-api-types.ts';
import { transact } from './transact.ts';

/** Events of one VM that are kept, the newest; no guest can push out another one's. */
export const MAX_EVENTS_OF_VM = 20;

/** What is kept of an event; its VM's identity is looked up. */
export interface NewEvent {
  readonly vmId: number;
  /** Whose driver is to hear of it. */
  readonly node: string;
  readonly allocId: string;
  /** In ms since the epoch. */
  readonly at: number;
  readonly body: VmEventBody;
}

/** What drivers are to be told, in order. */
export interface EventTable {
  add(event: NewEvent): void;
  /** Those of a node after a cursor, oldest first. */
  list(node: string, after: number, limit: number): readonly VmEvent[];
  /** Of the newest event there ever was; 0 before the first. */
  lastCursor(): number;
  /** Whether one of this kind was added for a VM at this time or later. */
  hasSince(vmId: number, kind: VmEventKind, at: number): boolean;
}

/** Opens the table. */
export function createEventTable(database: DatabaseSync): EventTable {
  const insert = database.prepare(
    'insert into event (vm_id, node, alloc_id, at, kind, data) values (?, ?, ?, ?, ?, ?)',
  );
  const dropOld = database.prepare(
    `delete from event where vm_id = ?1
     and cursor not in (select cursor from event where vm_id = ?1 order by cursor desc limit ${MAX_EVENTS_OF_VM})`,
  );
  const select = database.prepare(
    `select cursor, at, substr(vm.key, 4) as identity, alloc_id, data from event join vm on vm.id = event.vm_id
     where node = ? and cursor > ? order by cursor limit ?`,
  );
  const selectLast = database.prepare(`select seq from sqlite_sequence where name = 'event'`);
  const selectSince = database.prepare(
    'select 1 from event where vm_id = ? and kind = ? and at >= ? limit 1',
  );
  return {
    add: ({ vmId, node, allocId, at, body }) =>
      transact(database, () => {
        insert.run(vmId, node, allocId, at, body.kind, JSON.stringify(body));
        dropOld.run(vmId);
      }),
    list: (node, after, limit) =>
      select.all(node, after, limit).map(row => ({
        cursor: Number(row['cursor']),
        at: new Date(Number(row['at'])).toISOString(),
        identity: String(row['identity']),
        alloc_id: String(row['alloc_id']),
        // Written by this file alone, so it is what it was.
        ...(JSON.parse(String(row['data'])) as VmEventBody),
      })),
    lastCursor: () => Number(selectLast.get()?.['seq'] ?? 0),
    hasSince: (vmId, kind, at) => selectSince.get(vmId, kind, at) !== undefined,
  };
}
