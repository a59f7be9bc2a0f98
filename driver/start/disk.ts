import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readBaseStamp } from '../../qemu/base-stamp.ts';
import { createOverlay, inspectOverlay } from '../../qemu/overlay.ts';
import type { DiskSpec } from '../../qemu/vm-spec.ts';
import { stampPathOf } from './disk-path.ts';

/**
 * Makes sure that the VM has its disk: a new overlay at the first start, the one it had at each start after that, which
 * `checkDisk` has vetted. An image that is used in place is there already.
 */
export async function prepareDisk(disk: DiskSpec, virtualSizeBytes: number): Promise<void> {
  if (disk.kind === 'in-place') return;
  const { overlayPath, basePath, baseFormat } = disk;
  if ((await inspectOverlay(overlayPath)).kind !== 'absent') return;
  await mkdir(dirname(overlayPath), { recursive: true, mode: 0o700 });
  // First, so that no overlay is ever without.
  await writeFile(stampPathOf(overlayPath), JSON.stringify(await readBaseStamp(basePath)), { mode: 0o600 });
  await createOverlay({ overlayPath, basePath, baseFormat, virtualSizeBytes });
}
