import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createOverlay, inspectOverlay } from '../../qemu/overlay.ts';
import type { DiskSpec } from '../../qemu/vm-spec.ts';

/**
 * Makes sure that the VM has its disk: a new overlay at the first start in an allocation, the one it had at each start
 * after that. An image that is used in place is there already.
 */
export async function prepareDisk(disk: DiskSpec, virtualSizeBytes: number): Promise<void> {
  if (disk.kind === 'in-place') return;
  if (existsSync(disk.overlayPath)) {
    await inspectOverlay(disk.overlayPath, disk.basePath);
    return;
  }
  await mkdir(dirname(disk.overlayPath), { recursive: true });
  await createOverlay({
    overlayPath: disk.overlayPath,
    basePath: disk.basePath,
    baseFormat: disk.baseFormat,
    virtualSizeBytes,
  });
}
