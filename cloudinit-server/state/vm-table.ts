import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** A VM that the server knows. */
export interface KnownVm {
  readonly id: number;
  /** `seed:PATH` for a VM that is known by the path of its seed alone, `vm:IDENTITY` for a registered one. */
  readonly key: string;
  /** What a guest proves by that it has read its vendor-data: 128 bits in base64url. Never shown or logged. */
  readonly token: string;
}

/** The VMs on record, all of them in memory: every report needs one. */
export interface VmTable {
  find(key: string): KnownVm | undefined;
  findByToken(token: string): KnownVm | undefined;
  /** The one with this key, on record when this returns. */
  ensure(key: string, now: number): KnownVm;
  list(): Iterable<KnownVm>;
  /** Removes a VM and all that is on record of it. */
  forget(vm: KnownVm): void;
}

/** Reads the VMs on record. */
export function createVmTable(database: DatabaseSync): VmTable {
  const byKey = new Map<string, KnownVm>();
  const byToken = new Map<string, KnownVm>();
  const remember = (vm: KnownVm) => {
    byKey.set(vm.key, vm);
    byToken.set(vm.token, vm);
    return vm;
  };
  for (const row of database.prepare('select id, key, token from vm order by id').all()) {
    remember({ id: Number(row['id']), key: String(row['key']), token: String(row['token']) });
  }
  const insert = database.prepare('insert into vm (key, token, created_at) values (?, ?, ?)');
  const remove = database.prepare('delete from vm where id = ?');
  return {
    find: key => byKey.get(key),
    // A look-up by hash: how long it takes says nothing of how much of a guess is right.
    findByToken: token => byToken.get(token),
    ensure: (key, now) => {
      const known = byKey.get(key);
      if (known !== undefined) return known;
      const token = randomBytes(16).toString('base64url');
      return remember({ id: Number(insert.run(key, token, now).lastInsertRowid), key, token });
    },
    list: () => byKey.values(),
    forget: ({ id, key, token }) => {
      remove.run(id);
      byKey.delete(key);
      byToken.delete(token);
    },
  };
}
