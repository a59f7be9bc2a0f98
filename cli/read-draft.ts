import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readErrnoCode } from '../cloudinit-server/errors.ts';
import type { SeedFile } from '../cloudinit-server/seed-files.ts';
import type { OwnFiles } from '../cloudinit-server/state/registration-table.ts';

/** A file that is to be looked at as if it were saved in a seed. */
export interface Draft {
  /** As the user has named it. */
  readonly path: string;
  /** Which file of the seed it stands for. */
  readonly file: SeedFile;
}

/** Reads it. @throws when it cannot be read, or is no text; the message says what to do */
export function readDraft({ path, file }: Draft, cwd: string): OwnFiles {
  const content = readBytes(path, cwd);
  if (isUtf8(content)) return { [file]: content.toString() };
  throw new Error(`Cannot take "${path}" for ${file}: it is not UTF-8; save it as UTF-8`);
}

function readBytes(path: string, cwd: string): Buffer {
  try {
    return readFileSync(resolve(cwd, path));
  } catch (cause) {
    const found = readErrnoCode(cause) ?? 'an unexpected error';
    throw new Error(`Cannot read the draft "${path}": ${found}; name a file that you may read`, { cause });
  }
}
