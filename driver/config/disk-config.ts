import { parseByteSize } from './byte-size.ts';
import type { OptionValues } from './option.ts';
import type { ReportProblem } from './problem.ts';
import type { TASK_OPTIONS } from './task-options.ts';

/** How long what a guest has written is kept: as long as the allocation, or until somebody removes the disk. */
export const DISK_LIFETIMES = ['ephemeral', 'persistent'] as const;
export type DiskLifetime = (typeof DISK_LIFETIMES)[number];

/** The VM's disk as the job wants it. Paths are as written: relative to the task folder, or absolute. */
export type DiskConfig =
  | {
      readonly kind: 'overlay';
      readonly image: string;
      readonly sizeBytes?: number;
      readonly lifetime: DiskLifetime;
    }
  | { readonly kind: 'in-place'; readonly imagePath: string };

/** Reads which image is the disk. Undefined after a problem. */
export function parseDisk(
  given: OptionValues<typeof TASK_OPTIONS>,
  report: ReportProblem,
): DiskConfig | undefined {
  const { image, image_path: imagePath, disk_size: diskSize } = given;
  const lifetime = parseLifetime(given.disk, report);
  const sizeBytes = diskSize === undefined ? undefined : parseDiskSize(diskSize, report);
  if (image !== undefined && imagePath !== undefined) {
    report(
      'config.image_path',
      'cannot stand beside image; keep image (shared, read-only) or image_path (this file is the disk and is written to)',
    );
    return undefined;
  }
  if (imagePath !== undefined) {
    checkPath(imagePath, 'config.image_path', report);
    if (diskSize !== undefined) {
      report(
        'config.disk_size',
        'only works with image; image_path is used at the size it has, so remove disk_size or write image instead of image_path',
      );
    }
    if (given.disk !== undefined) {
      report(
        'config.disk',
        'only works with image; the file that image_path names stays by itself, so remove disk or write image instead of image_path',
      );
    }
    return { kind: 'in-place', imagePath };
  }
  if (image === undefined) {
    report('config.image', 'is missing; name the disk image, such as image = "local/debian-12.qcow2"');
    return undefined;
  }
  checkPath(image, 'config.image', report);
  return { kind: 'overlay', image, ...(sizeBytes === undefined ? {} : { sizeBytes }), lifetime };
}

function parseLifetime(word: string | undefined, report: ReportProblem): DiskLifetime {
  const found = DISK_LIFETIMES.find(lifetime => lifetime === word);
  if (word !== undefined && found === undefined) {
    report(
      'config.disk',
      `${JSON.stringify(word)} is not how a disk is kept; write "ephemeral" (as long as the allocation) or "persistent"`,
    );
  }
  return found ?? 'ephemeral';
}

function parseDiskSize(text: string, report: ReportProblem): number | undefined {
  const bytes = parseByteSize(text);
  if (bytes === undefined) {
    report(
      'config.disk_size',
      `${JSON.stringify(text)} is not a size; write a number with a unit, such as "20G"`,
    );
  }
  return bytes;
}

function checkPath(path: string, where: string, report: ReportProblem): void {
  if (path.trim() === '') report(where, 'is empty; name the disk image, such as "local/debian-12.qcow2"');
  else if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    report(
      where,
      `${JSON.stringify(path)} is a URL; fetch it with an artifact block and name the file, such as "local/debian-12.qcow2"`,
    );
  }
}
