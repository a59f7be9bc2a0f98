import { dirname } from 'node:path';
import { DriverError } from '../errors.ts';
import type { TaskRecord } from '../task-record.ts';

/** What a node's file systems may refuse a start for, by the system's code. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left; make room, "df -h" and "df -i" tell where it is wanting',
  EDQUOT: 'the quota is used up; raise it, or make room',
  EROFS: 'the file system is read-only; mount it for writing, the kernel log may tell why it is not',
};

/**
 * What the user is told of a start that failed: that the node is unfit where its file systems took no more, else the error as
 * it is. The system names no path where a file could be opened and cannot grow: it may be any of the VM's places then.
 */
export function explainWriteFailure(
  error: unknown,
  { files, diskPath }: Pick<TaskRecord, 'files' | 'diskPath'>,
): unknown {
  if (!(error instanceof Error)) return error;
  const { code = '', path }: NodeJS.ErrnoException = error;
  const refusal = REFUSALS[code];
  if (refusal === undefined) return error;
  const folders = [files.stateDir, files.runDir, ...(diskPath === undefined ? [] : [dirname(diskPath)])];
  const places = path ?? folders.join('" or "');
  const message = `Cannot start the VM: cannot write to "${places}": ${refusal}`;
  return new DriverError('node-unfit', message, { cause: error });
}
