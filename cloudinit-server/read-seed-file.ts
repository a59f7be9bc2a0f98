import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { readErrnoCode, SeedError } from './errors.ts';

/** Bytes of one file of a seed; cloud-init itself has no limit, but a memory of guests times files does. */
export const MAX_SEED_FILE_BYTES = 1024 * 1024;

/** How much is read at once beyond the size a file had when it was opened. */
const GROWTH_BYTES = 64 * 1024;

/** Not blocked by a FIFO, no controlling terminal: it is looked at after it is open. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Reads a file of the seeds folder, or undefined when there is none.
 *
 * What was opened is what is checked: its kind, its size and, from the kernel's own record of the open file, that it
 * lies below the root. There is no moment between check and use at which a link could be put in its place.
 *
 * It blocks: on files this small the calls take microseconds, and handing each of them to another thread costs three
 * times as much as answering the whole request.
 *
 * @param realRoot real path of the seeds folder
 * @throws {SeedError} `seed-file-…`
 */
export function readSeedFile(realRoot: string, path: string): Buffer | undefined {
  const fd = openSeedFile(path);
  if (fd === undefined) return undefined;
  try {
    const stat = fstatSync(fd);
    // proc_pid_fd(5): the link names the file itself, with every link on the way resolved.
    const realPath = readlinkSync(`/proc/self/fd/${fd}`);
    if (!isInside(realRoot, realPath)) {
      throw new SeedError(
        'seed-file-outside',
        `Cannot serve "${path}": it leads to "${realPath}", outside of the seeds folder "${realRoot}"; copy the file into the folder`,
      );
    }
    if (!stat.isFile()) {
      throw new SeedError(
        'seed-file-irregular',
        `Cannot serve "${path}": it is no regular file; put a file there`,
      );
    }
    return readAll(fd, stat.size, path);
  } catch (error) {
    throw error instanceof SeedError ? error : describeFileError(path, error);
  } finally {
    closeSync(fd);
  }
}

/** Whether a real path is the folder itself or lies below it. */
export function isInside(realRoot: string, realPath: string): boolean {
  return realPath === realRoot || realPath.startsWith(realRoot === '/' ? '/' : `${realRoot}/`);
}

function openSeedFile(path: string): number | undefined {
  try {
    return openSync(path, OPEN_FLAGS);
  } catch (cause) {
    if (readErrnoCode(cause) === 'ENOENT' && !isLink(path)) return undefined;
    throw describeFileError(path, cause);
  }
}

/** Whether a name is taken by a link, be it one that leads nowhere: a target that is away is not "no file". */
export function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch {
    // ENOTDIR or ENAMETOOLONG: no such name; whatever else fails here has failed for the caller before.
    return false;
  }
}

/** Reads to the end of the file, which may have grown since its size was taken. */
function readAll(fd: number, expectedBytes: number, path: string): Buffer {
  if (expectedBytes > MAX_SEED_FILE_BYTES) throw describeTooLarge(path, expectedBytes);
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunks.length === 0 ? expectedBytes + 1 : GROWTH_BYTES);
    const bytesRead = readSync(fd, chunk, 0, chunk.length, total);
    chunks.push(chunk.subarray(0, bytesRead));
    total += bytesRead;
    if (total > MAX_SEED_FILE_BYTES) throw describeTooLarge(path, total);
    // A regular file gives less than asked for only at its end.
    if (bytesRead < chunk.length)
      return chunks.length === 1 ? chunk.subarray(0, bytesRead) : Buffer.concat(chunks);
  }
}

function describeTooLarge(path: string, bytes: number): SeedError {
  return new SeedError(
    'seed-file-too-large',
    `Cannot serve "${path}": it has ${bytes} bytes or more, at most ${MAX_SEED_FILE_BYTES} are served; let the guest fetch large data itself`,
  );
}

function describeFileError(path: string, cause: unknown): SeedError {
  const found = readErrnoCode(cause) ?? 'an unexpected error';
  return new SeedError(
    'seed-file-unreadable',
    `Cannot read "${path}": ${found}; the server's user needs read permission on it`,
    { cause },
  );
}
