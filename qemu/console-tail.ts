import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** About two screens. */
const TAIL_BYTES = 4096;

/**
 * The end of a guest's console, from the start of a line where there is one. Empty when there is no console yet.
 *
 * @param maxBytes of it. @default {4096}
 */
export function readConsoleTail(path: string, maxBytes: number = TAIL_BYTES): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // ENOENT: the VM has just been made.
    return Buffer.alloc(0);
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, maxBytes));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    // Where the file's start was given back to the disk it reads as NUL.
    const text = Buffer.from(buffer.subarray(0, read).filter(byte => byte !== 0));
    const firstLine = read < size ? text.indexOf('\n') + 1 : 0;
    return text.subarray(firstLine);
  } finally {
    closeSync(file);
  }
}
