import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';

/** A file of a seed as it was when it was last good; no body means that there surely was no such file. */
export interface GoodFile {
  readonly body: Buffer | undefined;
  /** In ms since the epoch. */
  readonly savedAt: number;
}

/** The last good version of every file that was served. */
export interface GoodFileTable {
  /** Keeps a version, unless it is the one that is kept. */
  save(seed: string, file: SeedFile, body: Buffer | undefined, now: number): void;
  find(seed: string, file: SeedFile): GoodFile | undefined;
  /** Whether this very content is the version that is kept. */
  isSaved(seed: string, file: SeedFile, body: Buffer | undefined): boolean;
  /** Whether there is a version of any file of this seed. */
  isKnown(seed: string): boolean;
  /** Drops all of a seed. */
  forget(seed: string): void;
  /** How many versions are kept. */
  count(): number;
}

/** Opens the table. Digests are held in memory, contents are not. */
export function createGoodFileTable(database: DatabaseSync): GoodFileTable {
  const digests = new Map<string, string>();
  for (const row of database.prepare('select seed, file, sha256 from good_file').all()) {
    digests.set(`${row['seed']}/${row['file']}`, String(row['sha256'] ?? ABSENT));
  }
  const upsert = database.prepare(
    'insert or replace into good_file (seed, file, sha256, body, saved_at) values (?, ?, ?, ?, ?)',
  );
  const remove = database.prepare('delete from good_file where seed = ?');
  const select = database.prepare('select body, saved_at from good_file where seed = ? and file = ?');
  return {
    isSaved: (seed, file, body) => digests.get(`${seed}/${file}`) === digestOf(body),
    isKnown: seed => SEED_FILES.some(file => digests.has(`${seed}/${file}`)),
    forget: seed => {
      remove.run(seed);
      for (const file of SEED_FILES) digests.delete(`${seed}/${file}`);
    },
    count: () => digests.size,
    save: (seed, file, body, now) => {
      const digest = digestOf(body);
      if (digests.get(`${seed}/${file}`) === digest) return;
      upsert.run(seed, file, body === undefined ? null : digest, body ?? null, now);
      digests.set(`${seed}/${file}`, digest);
    },
    find: (seed, file) => {
      const row = digests.has(`${seed}/${file}`) ? select.get(seed, file) : undefined;
      if (row === undefined) return undefined;
      const body = row['body'];
      return {
        body: body instanceof Uint8Array ? Buffer.from(body) : undefined,
        savedAt: Number(row['saved_at']),
      };
    },
  };
}

const ABSENT = 'absent';

function digestOf(body: Buffer | undefined): string {
  return body === undefined ? ABSENT : createHash('sha256').update(body).digest('hex');
}
