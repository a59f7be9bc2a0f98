import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { isMissing } from '../read-folder.ts';

/** A file of a task, or why it is not to be had: a clause that says what to do. */
export type TaskFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Reads a text that a job names, such as one that a `template` block wrote. Whatever links lead to, it must lie below the
 * task's folder: the plugin is root, and could read the node's own secrets to a guest.
 *
 * @param path as the job has it: relative to the task's folder, or absolute and below it.
 */
export async function readTaskFile(taskDir: string, path: string, maxBytes: number): Promise<TaskFile> {
  const folder = await realpath(taskDir);
  let real: string;
  try {
    real = await realpath(resolve(folder, path));
  } catch (error) {
    if (!isMissing(error) && !isNoFolder(error)) throw error;
    return refuse(
      'does not exist in the task\'s folder; write it with a template or artifact block, such as destination = "local/user-data"',
    );
  }
  if (!isBelow(real, folder)) return refuse(OUTSIDE);
  // Not blocking, or a FIFO would hold the start up for ever; a link in its place now is somebody's doing.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(real, flags).catch(() => undefined);
  if (file === undefined) return refuse('cannot be read; write it as a plain file');
  try {
    // What was opened, whatever has become of the path since it was looked at.
    const opened = await readlink(`/proc/self/fd/${file.fd}`);
    return isBelow(opened, folder) ? await readText(file, maxBytes) : refuse(OUTSIDE);
  } finally {
    await file.close();
  }
}

const OUTSIDE =
  "leads out of the task's folder; bring the file there with a template or artifact block, or write the content itself";

async function readText(file: FileHandle, maxBytes: number): Promise<TaskFile> {
  const info = await file.stat();
  if (!info.isFile()) return refuse('is no regular file; write it as a plain file');
  if (info.size > maxBytes) {
    return refuse(
      `has ${info.size} bytes, but at most ${maxBytes} are possible; let the guest fetch large data itself`,
    );
  }
  const bytes = await file.readFile();
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return refuse('is no text in UTF-8; compressed seeds have to come from a folder of the seed server');
  }
}

function refuse(reason: string): TaskFile {
  return { kind: 'refused', reason };
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}${sep}`);
}

/** A file stands where the path wants a folder. */
function isNoFolder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
}
