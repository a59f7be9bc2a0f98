import type { DatabaseSync } from 'node:sqlite';
import type { HostKey } from '../boot/host-key.ts';
import { transact } from './transact.ts';

/** A host key on record. */
export interface KnownHostKey extends HostKey {
  /** Where the guest was when it told. */
  readonly address: string;
  /** In ms since the epoch. */
  readonly seenAt: number;
}

/** The host keys that guests have told, the newest of each kind. */
export interface HostKeyTable {
  /** Replaces those of a VM; says whether one that was known has changed. */
  replace(
    vmId: number,
    keys: readonly HostKey[],
    from: { readonly address: string; readonly at: number },
  ): boolean;
  list(vmId: number): readonly KnownHostKey[];
}

/** Opens the table. */
export function createHostKeyTable(database: DatabaseSync): HostKeyTable {
  const select = database.prepare('select algorithm, key, address, seen_at from host_key where vm_id = ?');
  const remove = database.prepare('delete from host_key where vm_id = ?');
  const insert = database.prepare(
    'insert into host_key (vm_id, algorithm, key, address, seen_at) values (?, ?, ?, ?, ?)',
  );
  const list = (vmId: number) =>
    select.all(vmId).map(row => ({
      algorithm: String(row['algorithm']),
      key: String(row['key']),
      address: String(row['address']),
      seenAt: Number(row['seen_at']),
    }));
  return {
    list,
    replace: (vmId, keys, { address, at }) => {
      const known = new Map(list(vmId).map(({ algorithm, key }) => [algorithm, key]));
      transact(database, () => {
        remove.run(vmId);
        for (const { algorithm, key } of keys) insert.run(vmId, algorithm, key, address, at);
      });
      return keys.some(({ algorithm, key }) => known.has(algorithm) && known.get(algorithm) !== key);
    },
  };
}
