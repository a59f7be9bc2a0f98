import { statSync } from 'node:fs';
import { execa } from 'execa';
import type { ConsoleCopier } from './console-copier.ts';
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
 * @param copier undefined where nothing copies the console, so that nothing has to be waited for.
 * @throws the error of `fallocate` on a file system without holes.
 */
export async function trimConsole(
  files: Pick<VmFiles, 'console'>,
  copier: ConsoleCopier | undefined,
): Promise<void> {
  const { size, blocks } = statSync(files.console);
  if (blocks * 512 < TRIM_FROM_BYTES) return;
  const copiedBytes = copier === undefined ? size : copier.copiedBytes();
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
