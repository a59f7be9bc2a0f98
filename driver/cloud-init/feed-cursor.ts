import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { toRecord } from '../../qemu/unknown-record.ts';

/** How far a plugin has read the seed server's events. */
export interface CursorFile {
  load(): number;
  /** Saves atomically. @throws the system's error, such as ENOSPC. */
  save(cursor: number): void;
}

/** @param feed whose cursor it is: another server, or another name of the node, counts from the beginning. */
export function openCursorFile(path: string, feed: string): CursorFile {
  return {
    load: () => {
      try {
        const saved = { ...toRecord(JSON.parse(readFileSync(path, 'utf8'))) };
        const { cursor } = saved;
        return saved['feed'] === feed && typeof cursor === 'number' ? cursor : 0;
      } catch {
        // ENOENT or SyntaxError: each VM's own book keeps what was told from being told again.
        return 0;
      }
    },
    save: cursor => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, JSON.stringify({ feed, cursor }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
