import { createHash } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Delivery } from '../client/drivers-api-types.ts';
import type { InstanceIdPolicy } from '../render/instance-id.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import { transact } from './transact.ts';
import type { KnownVm } from './vm-table.ts';

/** What a driver has told of a VM. */
export interface RegistrationFacts {
  readonly identity: string;
  readonly allocId: string;
  readonly node: string;
  /** Path of its folder among the seeds; undefined when all its files came with the registration. */
  readonly seedPath: string | undefined;
  /** Lower case with colons, in the order of its NICs. */
  readonly macAddresses: readonly string[];
  readonly uuid: string;
  readonly namespace: string;
  readonly job: string;
  readonly group: string;
  readonly task: string;
  readonly index: number;
  readonly instanceIdPolicy: InstanceIdPolicy;
  readonly delivery: Delivery;
  /** The server as the guest reaches it, without a slash at the end. */
  readonly guestUrl: string;
}

/** A request for a VM's seed that was refused, as it came from another machine. */
export interface RefusedRequest {
  readonly at: number;
  readonly address: string;
  /** What the neighbour table had for the address; undefined: nothing. */
  readonly macAddress: string | undefined;
}

/** A registered VM. Times are in ms since the epoch. */
export interface RegisteredVm {
  readonly vm: KnownVm;
  readonly facts: RegistrationFacts;
  /** What its guest shows to get its seed: 128 bits in base64url. Never shown or logged. */
  readonly seedToken: string;
  /** When this allocation was first registered. */
  readonly registeredAt: number;
  /** Since when its guest may ask for its seed: its registration, or the bump after that. What booted before had another. */
  readonly openedAt: number;
  /** When it was taken off; undefined while it may run. */
  readonly goneAt: number | undefined;
  /** Since when its guest has no more use for its seed; undefined: it may ask. */
  readonly sealedAt: number | undefined;
  /** Since this allocation was registered. */
  readonly refusals: { readonly count: number; readonly last: RefusedRequest | undefined };
}

/** Contents that came with a registration. */
export type OwnFiles = Readonly<Partial<Record<SeedFile, string>>>;

/** The registered VMs. Nothing is held in memory: a look-up takes microseconds, and there may be many thousands. */
export interface RegistrationTable {
  find(vmId: number): RegisteredVm | undefined;
  findBySeedToken(token: string): RegisteredVm | undefined;
  /** @param files replace those that are on record; undefined leaves them */
  save(registered: RegisteredVm, files?: OwnFiles): void;
  /** A file that came with the registration; undefined: none did. */
  readFile(vmId: number, file: SeedFile): Buffer | undefined;
  /** Whether any VM has this seed, or had it and is gone. */
  hasSeed(seedPath: string): boolean;
  /** Of VMs that are not gone, those that have this seed. */
  listBySeed(seedPath: string): readonly RegisteredVm[];
  /** Of VMs that are not gone, those first registered at this time or later. */
  listSince(at: number): readonly RegisteredVm[];
  /** Of VMs that are gone since before this time. */
  listGone(before: number): readonly RegisteredVm[];
}

const COLUMNS = `vm.id as id, vm.key as key, vm.token as token, facts, seed_token, registered_at, opened_at, gone_at,
  sealed_at, refused_count, refused_last from registration join vm on vm.id = registration.vm_id`;

/** Opens the table. */
export function createRegistrationTable(database: DatabaseSync): RegistrationTable {
  const select = database.prepare(`select ${COLUMNS} where vm_id = ?`);
  const selectByToken = database.prepare(`select ${COLUMNS} where seed_token_sha256 = ?`);
  const selectBySeed = database.prepare(`select ${COLUMNS} where seed_path = ? and gone_at is null`);
  const selectHasSeed = database.prepare('select 1 from registration where seed_path = ? limit 1');
  const selectSince = database.prepare(`select ${COLUMNS} where registered_at >= ? and gone_at is null`);
  const selectGone = database.prepare(`select ${COLUMNS} where gone_at < ?`);
  const upsert = database.prepare(`insert or replace into registration (vm_id, seed_path, facts, seed_token,
    seed_token_sha256, registered_at, opened_at, gone_at, sealed_at, refused_count, refused_last)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const dropFiles = database.prepare('delete from registration_file where vm_id = ?');
  const insertFile = database.prepare('insert into registration_file (vm_id, file, body) values (?, ?, ?)');
  const selectFile = database.prepare('select body from registration_file where vm_id = ? and file = ?');

  const read = (row: Row | undefined) => (row === undefined ? undefined : readRow(row));
  return {
    find: vmId => read(select.get(vmId)),
    // By its digest: how long it takes says nothing of how much of a guess is right.
    findBySeedToken: token => read(selectByToken.get(digestOf(token))),
    save: ({ vm, facts, seedToken, registeredAt, openedAt, goneAt, sealedAt, refusals }, files) =>
      transact(database, () => {
        const last = refusals.last === undefined ? null : JSON.stringify(refusals.last);
        const path = facts.seedPath ?? null;
        const secrets = [seedToken, digestOf(seedToken)] as const;
        const times = [registeredAt, openedAt, goneAt ?? null, sealedAt ?? null] as const;
        upsert.run(vm.id, path, JSON.stringify(facts), ...secrets, ...times, refusals.count, last);
        if (files === undefined) return;
        dropFiles.run(vm.id);
        for (const file of SEED_FILES) {
          const body = files[file];
          if (body !== undefined) insertFile.run(vm.id, file, body);
        }
      }),
    readFile: (vmId, file) => {
      const body = selectFile.get(vmId, file)?.['body'];
      return body === undefined ? undefined : Buffer.from(String(body));
    },
    hasSeed: seedPath => selectHasSeed.get(seedPath) !== undefined,
    listBySeed: seedPath => selectBySeed.all(seedPath).map(readRow),
    listSince: at => selectSince.all(at).map(readRow),
    listGone: before => selectGone.all(before).map(readRow),
  };
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function readRow(row: Row): RegisteredVm {
  const last = row['refused_last'];
  return {
    vm: { id: Number(row['id']), key: String(row['key']), token: String(row['token']) },
    // Written by this file alone, so it is what it was.
    facts: JSON.parse(String(row['facts'])) as RegistrationFacts,
    seedToken: String(row['seed_token']),
    registeredAt: Number(row['registered_at']),
    openedAt: Number(row['opened_at']),
    goneAt: readTime(row['gone_at']),
    sealedAt: readTime(row['sealed_at']),
    refusals: {
      count: Number(row['refused_count']),
      // The same.
      last: typeof last === 'string' ? (JSON.parse(last) as RefusedRequest) : undefined,
    },
  };
}

function readTime(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
