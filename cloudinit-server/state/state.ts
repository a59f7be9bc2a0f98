import { type BootTable, createBootTable } from './boot-table.ts';
import { type BumpTable, createBumpTable } from './bump-table.ts';
import { type ContentIds, createContentIds } from './content-ids.ts';
import { createDriverReportTable, type DriverReportTable } from './driver-report-table.ts';
import { createEventTable, type EventTable } from './event-table.ts';
import { createGoodFileTable, type GoodFileTable } from './good-file-table.ts';
import { createHostKeyTable, type HostKeyTable } from './host-key-table.ts';
import { createObservationTable } from './observation-table.ts';
import { openState, tryWriting } from './open-state.ts';
import { createRegistrationTable, type RegistrationTable } from './registration-table.ts';
import { createServedTable, type ServedTable } from './served-table.ts';
import { startCheckpoints } from './start-checkpoints.ts';
import { createVmTable, type VmTable } from './vm-table.ts';
import { createWriteGroup } from './write-together.ts';

/** All that the server remembers. What a method has changed is on record when it returns, or within its transaction. */
export interface ServerState extends Disposable {
  readonly vms: VmTable;
  readonly boots: BootTable;
  readonly hostKeys: HostKeyTable;
  readonly goodFiles: GoodFileTable;
  readonly bumps: BumpTable;
  readonly served: ServedTable;
  readonly contentIds: ContentIds;
  readonly registrations: RegistrationTable;
  readonly driverReports: DriverReportTable;
  readonly events: EventTable;
  /** Does the work, or undoes it, in one transaction with others; on record when the promise is kept. See `WriteGroup.add`. */
  together<T>(work: () => T): Promise<T>;
  /** Whether no file and no VM is on record. */
  isEmpty(): boolean;
  /** @throws {SeedError} `state-unusable` when nothing can be written any more */
  check(): void;
}

/**
 * Opens the state in a folder, or an empty one that is gone with the process.
 *
 * @throws {SeedError} `state-unusable`
 */
export function createServerState(folder: string | undefined): ServerState {
  const database = openState(folder);
  const group = createWriteGroup(database);
  const observations = createObservationTable(database);
  const checkpoints = startCheckpoints(database, observations.settle);
  const vms = createVmTable(database);
  const goodFiles = createGoodFileTable(database);
  return {
    vms,
    boots: createBootTable(database, observations),
    hostKeys: createHostKeyTable(database),
    goodFiles,
    bumps: createBumpTable(database),
    served: createServedTable(database),
    contentIds: createContentIds(database),
    registrations: createRegistrationTable(database),
    driverReports: createDriverReportTable(database),
    events: createEventTable(database),
    together: group.add,
    isEmpty: () => goodFiles.count() === 0 && [...vms.list()].length === 0,
    check: () => tryWriting(database),
    [Symbol.dispose]: () => {
      group.flush();
      checkpoints[Symbol.dispose]();
      database.close();
    },
  };
}
