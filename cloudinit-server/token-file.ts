import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readErrnoCode, SeedError } from './errors.ts';

/** Printable ASCII without spaces, so that it fits into a header; long enough that nobody guesses it. */
const TOKEN = /^[!-~]{32,512}$/;

/** The bits of a file's mode that let everybody on the host read or change it. */
const FOR_OTHERS = 0o006;

/**
 * The secret in a file, which is made with a fresh one of 256 bits (base64url, mode 0600) if it is missing. An operator
 * may write one of their own, and let a group read it.
 *
 * It is there completely or not at all, whenever the process ends, and is never replaced: two servers that make it
 * at the same time get the same.
 *
 * @throws {SeedError} `token-file-unusable`
 */
export function openTokenFile(path: string): string {
  try {
    return readTokenFile(path) ?? makeTokenFile(path);
  } catch (cause) {
    if (cause instanceof SeedError) throw cause;
    const found = readErrnoCode(cause) ?? String(cause);
    throw refuse(
      path,
      `${found}; the server's user needs to read it, and to write to its folder to make it`,
      cause,
    );
  }
}

function readTokenFile(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if ((stats.mode & FOR_OTHERS) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    throw refuse(
      path,
      `everybody on this host may read or change it (mode ${mode}); remove it, so that a new one is made`,
    );
  }
  const token = readFileSync(path, 'utf8').trim();
  if (TOKEN.test(token)) return token;
  throw refuse(
    path,
    'it holds no token of 32 to 512 characters without spaces; remove it, so that a new one is made',
  );
}

function makeTokenFile(path: string): string {
  const draft = `${path}.${process.pid}.new`;
  try {
    const token = randomBytes(32).toString('base64url');
    writeFileSync(draft, `${token}\n`, { mode: 0o600, flush: true });
    linkSync(draft, path);
    return token;
  } catch (error) {
    // Another server was faster.
    if (readErrnoCode(error) === 'EEXIST') return readTokenFile(path) ?? makeTokenFile(path);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuse(path: string, reason: string, cause?: unknown): SeedError {
  return new SeedError('token-file-unusable', `Cannot use the token file "${path}": ${reason}`, { cause });
}
