import { constants, open } from 'node:fs/promises';

/** The start of a file and what kind of file it is. */
export interface FileStart {
  readonly isRegular: boolean;
  readonly sizeBytes: number;
  /** Empty unless the file is regular. */
  readonly bytes: Buffer;
}

/**
 * Reads a file's first bytes. Does not wait on a FIFO or a terminal that someone put in the file's place.
 *
 * @throws the system's error, such as ENOENT.
 */
export async function readStart(path: string, lengthBytes: number): Promise<FileStart> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const stats = await handle.stat();
  if (!stats.isFile()) return { isRegular: false, sizeBytes: 0, bytes: Buffer.alloc(0) };
  const buffer = Buffer.alloc(Math.min(lengthBytes, stats.size));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  return { isRegular: true, sizeBytes: stats.size, bytes: buffer.subarray(0, bytesRead) };
}
