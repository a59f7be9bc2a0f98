import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readMessage, SeedError } from '../errors.ts';

/** The file in the state folder; sqlite puts its write-ahead log beside it. */
export const STATE_FILE = 'state.db';

/** How long to wait for a server that is just ending. */
const BUSY_MS = 5_000;

/**
 * One step for each version of the layout, applied in order; `user_version` counts them. A step is never changed
 * once it was released.
 *
 * `vm.key` says what a VM is known by: `seed:PATH`, or `vm:IDENTITY` where a driver has registered it.
 */
const MIGRATIONS = [
  `create table vm (
     id integer primary key,
     key text not null unique,
     token text not null unique,
     created_at integer not null
   ) strict;
   create table boot (
     id integer primary key,
     vm_id integer not null references vm (id) on delete cascade,
     began_at integer not null,
     unfinished_before integer not null
   ) strict;
   create index boot_of_vm on boot (vm_id, id);
   create table observation (
     id integer primary key,
     boot_id integer not null references boot (id) on delete cascade,
     data text not null
   ) strict;
   create index observation_of_boot on observation (boot_id, id);
   create table host_key (
     vm_id integer not null references vm (id) on delete cascade,
     algorithm text not null,
     key text not null,
     address text not null,
     seen_at integer not null,
     primary key (vm_id, algorithm)
   ) strict, without rowid;
   create table good_file (
     seed text not null,
     file text not null,
     sha256 text,
     body blob,
     saved_at integer not null,
     primary key (seed, file)
   ) strict, without rowid;`,
  `create table bump (
     key text primary key,
     count integer not null
   ) strict, without rowid;`,
  `create table registration (
     vm_id integer primary key references vm (id) on delete cascade,
     seed_path text,
     facts text not null,
     seed_token text not null,
     seed_token_sha256 text not null unique,
     registered_at integer not null,
     gone_at integer,
     sealed_at integer,
     refused_count integer not null,
     refused_last text
   ) strict;
   create index registration_of_seed on registration (seed_path);
   create index registration_at on registration (registered_at);
   create table registration_file (
     vm_id integer not null references vm (id) on delete cascade,
     file text not null,
     body text not null,
     primary key (vm_id, file)
   ) strict, without rowid;
   create table driver_report (
     vm_id integer primary key references vm (id) on delete cascade,
     data text not null
   ) strict;
   create table event (
     cursor integer primary key autoincrement,
     vm_id integer not null references vm (id) on delete cascade,
     node text not null,
     alloc_id text not null,
     at integer not null,
     kind text not null,
     data text not null
   ) strict;
   create index event_of_node on event (node, cursor);
   create index event_of_vm on event (vm_id, cursor);`,
  `create table served (
     vm_id integer not null references vm (id) on delete cascade,
     file text not null,
     body blob not null,
     server_url text not null,
     since integer not null,
     primary key (vm_id, file)
   ) strict, without rowid;`,
  `create table secret (
     name text primary key,
     value blob not null
   ) strict, without rowid;`,
  `alter table registration add column opened_at integer not null default 0;
   update registration set opened_at = registered_at;`,
  // Without an index: see createObservationTable().
  `create table fresh_observation (
     id integer primary key,
     boot_id integer not null references boot (id) on delete cascade,
     data text not null
   ) strict;`,
];

/**
 * Opens the server's memory: a database in a folder that only its user may read, or one that is gone with the
 * process.
 *
 * Every statement outside a transaction is one of its own, and in the kernel's hands when it returns: it survives
 * the end of the process at any moment. (`synchronous = NORMAL`: a host that loses power may lose what came since the
 * last checkpoint, 4 MiB at most and the newest second, and never the database. See `startCheckpoints`.)
 *
 * @param folder made if it is missing; undefined keeps everything in memory
 * @throws {SeedError} `state-unusable`
 */
export function openState(folder: string | undefined): DatabaseSync {
  try {
    if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = folder === undefined ? ':memory:' : join(folder, STATE_FILE);
    const database = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
    try {
      // One server a folder: a second one would not know what the first one has just learned.
      database.exec(
        'pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = normal',
      );
      migrate(database);
      // It holds tokens, and copies of what admins wrote.
      if (folder !== undefined) chmodSync(path, 0o600);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (cause) {
    throw describeStateError(folder ?? ':memory:', cause);
  }
}

/**
 * Writes what is there already: only a write that is kept shows that there is room. (A row that is updated to what it was is
 * not written by sqlite.)
 *
 * @throws {SeedError} `state-unusable`
 */
export function tryWriting(database: DatabaseSync): void {
  try {
    database.exec(`pragma user_version = ${MIGRATIONS.length}`);
  } catch (cause) {
    const message = `Cannot write the state: ${readMessage(cause)}; make room on the disk of the state folder`;
    throw new SeedError('state-unusable', message, { cause });
  }
}

function migrate(database: DatabaseSync): void {
  database.exec('begin immediate');
  const version = Number(database.prepare('pragma user_version').get()?.['user_version']);
  if (version > MIGRATIONS.length) {
    throw new Error(
      `layout ${version} is of a newer version of this program, which knows ${MIGRATIONS.length}`,
    );
  }
  for (const step of MIGRATIONS.slice(version)) database.exec(step);
  database.exec(`pragma user_version = ${MIGRATIONS.length}; commit`);
}

function describeStateError(folder: string, cause: unknown): SeedError {
  const found = readMessage(cause);
  const cure = /locked/.test(found)
    ? 'another server uses it; give each server a folder of its own'
    : 'the server needs a folder of its own on a local disk that its user may write to';
  return new SeedError('state-unusable', `Cannot keep state in "${folder}": ${found}; ${cure}`, { cause });
}
