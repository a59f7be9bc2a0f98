import { createHmac, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** Hexadecimal digits: 48 bits tell apart all that one server serves in its life. */
const LENGTH = 12;

const KEY_NAME = 'content-id';

/** Names contents, so that what was served can be compared without being kept or shown. */
export interface ContentIds {
  /** 12 hexadecimal digits: those of equal contents are equal, and nothing else can be told from them. */
  of(content: Buffer): string;
}

/**
 * Opens them. The names are keyed (HMAC-SHA-256) with a secret of this state: a plain digest of a short file would let
 * anybody who sees it try passwords until one fits.
 */
export function createContentIds(database: DatabaseSync): ContentIds {
  const insert = database.prepare('insert or ignore into secret (name, value) values (?, ?)');
  insert.run(KEY_NAME, randomBytes(32));
  const key = database.prepare('select value from secret where name = ?').get(KEY_NAME)?.['value'];
  if (!(key instanceof Uint8Array)) throw new Error(`the state has no secret "${KEY_NAME}"`);
  return { of: content => createHmac('sha256', key).update(content).digest('hex').slice(0, LENGTH) };
}
