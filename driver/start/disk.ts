import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createOverlay, inspectOverlay } from '../../qemu/overlay.ts';
import type { DiskSpec } from '../../qemu/vm-spec.ts';
import { DriverError } from '../errors.ts';

/**
 * Makes sure that the VM has its disk: a new overlay at the first start in an allocation, the one it had at each start
 * after that. An image that is used in place is there already.
 *
 * @throws DriverError when something else lies where the overlay belongs.
 */
export async function prepareDisk(disk: DiskSpec, virtualSizeBytes: number): Promise<void> {
  if (disk.kind === 'in-place') return;
  const { overlayPath, basePath, baseFormat } = disk;
  const found = await inspectOverlay(overlayPath, basePath);
  switch (found.kind) {
    case 'ours':
      return;
    case 'foreign':
      throw new DriverError(
        'invalid-task',
        `Cannot use "${overlayPath}" as the VM's disk: it ${found.reason}; let nothing of the job write to that path`,
      );
    case 'absent':
      await mkdir(dirname(overlayPath), { recursive: true });
      await createOverlay({ overlayPath, basePath, baseFormat, virtualSizeBytes });
  }
}
