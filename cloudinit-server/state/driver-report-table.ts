import type { DatabaseSync } from 'node:sqlite';
import type { HostKey } from '../boot/host-key.ts';
import type { ReportedAddress } from '../client/drivers-api-types.ts';

/** What the driver of a VM tells of it. */
export interface ToldByDriver {
  readonly allocId: string;
  readonly address?: ReportedAddress;
  readonly consoleTail?: string;
  /** Printed on the console, which no neighbour can write to. */
  readonly hostKeys?: readonly HostKey[];
}

/** A host key that a console has printed. */
export interface PrintedHostKey extends HostKey {
  /** When its driver first told of it; ms since the epoch. */
  readonly seenAt: number;
}

/** What the driver of a VM has seen of it, the newest of each. */
export interface ReportedByDriver extends ToldByDriver {
  /** When anything was last told; ms since the epoch. */
  readonly at: number;
  readonly hostKeys?: readonly PrintedHostKey[];
}

/** What drivers have seen, of each VM. */
export interface DriverReportTable {
  find(vmId: number): ReportedByDriver | undefined;
  /** Host keys that its console has printed, without reading the rest, which is long. */
  listHostKeys(vmId: number): readonly PrintedHostKey[];
  save(vmId: number, reported: ReportedByDriver): void;
}

/** Opens the table. */
export function createDriverReportTable(database: DatabaseSync): DriverReportTable {
  const select = database.prepare('select data from driver_report where vm_id = ?');
  const selectHostKeys = database.prepare(
    "select data -> '$.hostKeys' as keys from driver_report where vm_id = ?",
  );
  const upsert = database.prepare('insert or replace into driver_report (vm_id, data) values (?, ?)');
  return {
    find: vmId => {
      const data = select.get(vmId)?.['data'];
      // Written by this file alone, so it is what it was.
      return data === undefined ? undefined : (JSON.parse(String(data)) as ReportedByDriver);
    },
    listHostKeys: vmId => {
      const keys = selectHostKeys.get(vmId)?.['keys'];
      // The same.
      return typeof keys === 'string' ? (JSON.parse(keys) as readonly PrintedHostKey[]) : [];
    },
    save: (vmId, reported) => void upsert.run(vmId, JSON.stringify(reported)),
  };
}
