import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { execa } from 'execa';
import { findProcesses } from './leftover-processes.ts';
import type { VmFiles } from './vm-files.ts';

/** Disk space that a console may take before what was copied to the log is given back. */
const TRIM_FROM_BYTES = 16 * 1024 * 1024;
/** What stays readable for whoever attaches to the console. */
const KEPT_BYTES = 64 * 1024;
const BLOCK_BYTES = 4096;

/**
 * Gives back the disk space of the part of a console that is in Nomad's log already, without changing the file's size
 * or touching what is not copied yet: a guest that prints for years must not fill the disk.
 *
 * Cheap when there is nothing to do: one stat.
 *
 * @throws the error of `fallocate` on a file system without holes.
 */
export async function trimConsole(files: Pick<VmFiles, 'console'>, hasLog: boolean): Promise<void> {
  const { size, blocks } = statSync(files.console);
  if (blocks * 512 < TRIM_FROM_BYTES) return;
  const copiedBytes = hasLog ? findCopiedBytes(files.console) : size;
  if (copiedBytes === undefined) return;
  const length = planTrim(copiedBytes);
  if (length <= 0) return;
  await execa('fallocate', ['--punch-hole', '--offset', '0', '--length', String(length), files.console]);
}

/** How many first bytes of a console can be given up when this many are copied. */
export function planTrim(copiedBytes: number): number {
  const disposable = copiedBytes - KEPT_BYTES;
  return Math.max(0, Math.floor(disposable / BLOCK_BYTES) * BLOCK_BYTES);
}

/** How far the tail that copies this file has read; undefined when no process copies it. */
function findCopiedBytes(path: string): number | undefined {
  for (const { pid } of findProcesses(path)) {
    const position = readPosition(pid, path);
    if (position !== undefined) return position;
  }
  return undefined;
}

/** The reader's place in the file, from its fdinfo (proc(5)); qemu, which only writes, is left out. */
function readPosition(pid: number, path: string): number | undefined {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('tail\0')) return undefined;
    const fd = readdirSync(`/proc/${pid}/fd`).find(name => readlinkSync(`/proc/${pid}/fd/${name}`) === path);
    if (fd === undefined) return undefined;
    const position = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1];
    return position === undefined ? undefined : Number(position);
  } catch {
    // ENOENT or ESRCH: it has ended since it was found.
    return undefined;
  }
}
