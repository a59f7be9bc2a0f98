import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { QemuError } from '../../qemu/errors.ts';
import type { UsableImage } from '../../qemu/image-header.ts';
import { inspectImage } from '../../qemu/image-inspection.ts';
import type { DiskConfig } from '../config/disk-config.ts';
import type { ReportProblem } from '../config/problem.ts';
import type { TaskRequest } from '../task-request.ts';

/** The job's image, found and vetted. */
export interface CheckedImage extends UsableImage {
  /** Absolute, every symbolic link resolved. */
  readonly path: string;
}

/**
 * Finds the image that a job names and looks at its header, before any tool of qemu does.
 *
 * A relative path is one of the task's folder. What it leads to, links followed, must lie in the allocation or in one
 * of the operator's `image_paths`. Undefined after a problem.
 */
export async function checkImage(
  disk: DiskConfig,
  request: Pick<TaskRequest, 'taskDir' | 'allocDir'>,
  imagePaths: readonly string[],
  report: ReportProblem,
): Promise<CheckedImage | undefined> {
  const [option, written] =
    disk.kind === 'overlay' ? ['config.image', disk.image] : ['config.image_path', disk.imagePath];
  const path = await realpath(resolve(request.taskDir, written)).catch(() => undefined);
  if (path === undefined) {
    report(
      option,
      `"${written}" does not exist on this node; fetch it with an artifact block, or put it there`,
    );
    return undefined;
  }
  if (!(await isInside(path, [request.allocDir, ...imagePaths]))) {
    report(
      option,
      `"${written}" lies outside the folders this node allows; fetch it into the allocation with an artifact block, or have its folder added to image_paths in the plugin's config`,
    );
    return undefined;
  }
  if (
    disk.kind === 'overlay' &&
    disk.lifetime === 'persistent' &&
    (await isInside(path, [request.allocDir]))
  ) {
    report(
      option,
      `"${written}" goes with the allocation, but a persistent disk is of no use without its image; put the image into a folder of image_paths in the plugin's config and name it there`,
    );
    return undefined;
  }
  try {
    const info = await inspectImage(path, disk.kind === 'in-place' ? 'raw' : 'refuse');
    checkSize(disk, info, report);
    return { ...info, path };
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    report(option, error.message);
    return undefined;
  }
}

function checkSize(disk: DiskConfig, info: UsableImage, report: ReportProblem): void {
  if (disk.kind === 'in-place' || disk.sizeBytes === undefined || disk.sizeBytes >= info.virtualSizeBytes)
    return;
  report(
    'config.disk_size',
    `${disk.sizeBytes} bytes are less than the image's ${info.virtualSizeBytes}; a disk can only grow, so write at least that or remove disk_size`,
  );
}

async function isInside(path: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined && (path === real || path.startsWith(real + sep))) return true;
  }
  return false;
}
