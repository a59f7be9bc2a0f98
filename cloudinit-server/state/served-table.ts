import type { DatabaseSync } from 'node:sqlite';
import type { SeedFile } from '../seed-files.ts';

/** A file as a VM last got it. */
export interface ServedFile {
  readonly body: Buffer;
  /** The server as the guest reached it then, without a slash at the end. */
  readonly serverUrl: string;
  /** When it got this content for the first time, in ms since the epoch. */
  readonly since: number;
}

/** What each VM last got. */
export interface ServedTable {
  /** Keeps a file, unless it is the one that is kept. */
  save(vmId: number, file: SeedFile, served: ServedFile): void;
  find(vmId: number, file: SeedFile): ServedFile | undefined;
}

/** Opens the table. Nothing is held in memory. */
export function createServedTable(database: DatabaseSync): ServedTable {
  const upsert = database.prepare(
    `insert into served (vm_id, file, body, server_url, since) values (?, ?, ?, ?, ?)
     on conflict (vm_id, file) do update
       set body = excluded.body, server_url = excluded.server_url, since = excluded.since
       where body <> excluded.body or server_url <> excluded.server_url`,
  );
  const select = database.prepare('select body, server_url, since from served where vm_id = ? and file = ?');
  return {
    save: (vmId, file, { body, serverUrl, since }) => {
      upsert.run(vmId, file, body, serverUrl, since);
    },
    find: (vmId, file) => {
      const row = select.get(vmId, file);
      const body = row?.['body'];
      if (row === undefined || !(body instanceof Uint8Array)) return undefined;
      return {
        body: Buffer.from(body),
        serverUrl: String(row['server_url']),
        since: Number(row['since']),
      };
    },
  };
}
