import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readErrnoCode } from '../../cloudinit-server/errors.ts';
import type { CliIo } from '../io.ts';

/** Where a seed server with the state folder of our job template keeps the token. */
export const DEFAULT_TOKEN_FILE = '/var/lib/cloudinit-server/admin-token';

const CURES: Readonly<Record<string, string>> = {
  ENOENT:
    'there is no such file; the server makes it in its --state folder when it starts with --admin: run this on its host, and name the file with --token-file',
  EACCES:
    'permission denied; only root and the user that the server runs as may read it: run this by sudo, or name a copy that you may read with --token-file',
};

/**
 * Reads the token that a seed server asks people for.
 *
 * @throws when the file cannot be read or holds no token; the message says what to do
 */
export function readAdminToken(path: string, { cwd }: Pick<CliIo, 'cwd'>): string {
  const token = readText(resolve(cwd, path), path).trim();
  if (/^[!-~]+$/.test(token)) return token;
  throw new Error(
    `Cannot use the admin token of "${path}": wanted one word, as the server writes it; name the file "admin-token" of its --state folder with --token-file`,
  );
}

function readText(file: string, path: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const errno = readErrnoCode(cause) ?? String(cause);
    throw new Error(
      `Cannot read the admin token of the seed server from "${path}": ${CURES[errno] ?? `${errno}; name the server's file with --token-file`}`,
      { cause },
    );
  }
}
