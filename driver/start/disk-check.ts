import { readFile } from 'node:fs/promises';
import {
  type BaseStamp,
  describeStamp,
  isSameBase,
  parseBaseStamp,
  readBaseStamp,
} from '../../qemu/base-stamp.ts';
import { inspectOverlay } from '../../qemu/overlay.ts';
import type { DiskConfig } from '../config/disk-config.ts';
import type { ReportProblem } from '../config/problem.ts';
import { type DiskPlace, overlayPathOf, stampPathOf } from './disk-path.ts';
import type { CheckedImage } from './image-check.ts';

/** What a VM's disk is checked against. */
export interface DiskCheck extends DiskPlace {
  readonly disk: DiskConfig;
  readonly image: CheckedImage;
  /** Who uses what on this node now; disks are known by their paths. */
  readonly holders: ReadonlyMap<string, string>;
}

/**
 * Looks at the disk that a VM has from before, without changing it: it must be free, an overlay, of the size the job
 * wants, and its base must be what it was.
 *
 * @returns a line for the account about a persistent disk.
 */
export async function checkDisk(check: DiskCheck, report: ReportProblem): Promise<string | undefined> {
  const { disk, identity } = check;
  if (disk.kind === 'in-place') return undefined;
  const path = overlayPathOf(disk, check);
  const holder = check.holders.get(path);
  if (holder !== undefined) {
    report(
      'config.disk',
      `is the disk of VM "${identity}", which is in use by ${holder} on this node; stop that VM, or give this one another name`,
    );
    return undefined;
  }
  const found = await inspectOverlay(path);
  if (found.kind === 'foreign') {
    report(
      'config.image',
      `"${path}" cannot be the VM's disk: it ${found.reason}; let nothing of the job write to that path`,
    );
  }
  if (found.kind === 'overlay') {
    await checkBase(check, path, found.basePath, report);
    if (disk.sizeBytes !== undefined && disk.sizeBytes !== found.virtualSizeBytes) {
      report(
        'config.disk_size',
        `${disk.sizeBytes} bytes are not the ${found.virtualSizeBytes} that the VM's disk has; remove disk_size, or grow the disk while the VM is stopped: "qemu-img resize -f qcow2 ${path} ${disk.sizeBytes}"`,
      );
    }
  }
  if (disk.lifetime === 'ephemeral') return undefined;
  return found.kind === 'absent'
    ? `disk "${identity}" is new on this node: "${path}"`
    : `disk "${identity}" is used again: "${path}"`;
}

async function checkBase(
  { disk, image, identity }: DiskCheck,
  path: string,
  basePath: string,
  report: ReportProblem,
): Promise<void> {
  const wanted = await readStamp(path);
  const present = await readBaseStamp(image.path);
  const isSame = wanted === undefined ? basePath === image.path : isSameBase(wanted, present);
  if (isSame) return;
  const was = wanted === undefined ? `"${basePath}"` : `"${wanted.path}", ${describeStamp(wanted)}`;
  const cure =
    disk.kind === 'overlay' && disk.lifetime === 'persistent'
      ? `run "nomad-vm disk remove ${identity}" on this node to begin with an empty disk`
      : 'stop the job and run it again to begin with an empty disk';
  report(
    'config.image',
    `"${image.path}", ${describeStamp(present)}, is not what the VM's disk was made on (${was}), and the guest would find its files mixed up; put that image back, or ${cure}`,
  );
}

/** Undefined for a disk that has none, which then is known by its base's path. */
async function readStamp(overlayPath: string): Promise<BaseStamp | undefined> {
  // ENOENT: somebody removed it.
  const text = await readFile(stampPathOf(overlayPath), 'utf8').catch(() => '');
  return parseBaseStamp(text);
}
