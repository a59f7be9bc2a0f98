import { createWriteStream } from 'node:fs';
import { mkdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { prepareDisk } from '../../driver/start/disk.ts';
import { inspectImage } from '../../qemu/image-inspection.ts';

const MIB = 1024 ** 2;

/** A raw image of 3 GiB, 1 GiB of it written: about what a distribution's image comes to. */
export async function createLargeImage(path: string, signal: AbortSignal): Promise<void> {
  const block = Buffer.alloc(MIB, 'data');
  // What a disk needs to be taken for one.
  const bootSector = Buffer.from(block);
  bootSector.writeUInt16LE(0xaa55, 510);
  const blocks = [bootSector, ...Array.from({ length: 1023 }, () => block)];
  await pipeline(Readable.from(blocks), createWriteStream(path), { signal });
  await truncate(path, 3 * 1024 * MIB);
}

/** Milliseconds that each way takes to a disk that a VM may write to. */
export interface DiskTimes {
  /** What StartTask does: vets the image and makes an overlay on it. */
  readonly ours: number;
  readonly qemuImg: number;
  /** What a user of the built-in driver needs, as its guests write to the image itself. */
  readonly copy: number;
}

/** Makes a disk on an image in each way, and removes them. */
export async function measureDisks(folder: string, image: string, signal: AbortSignal): Promise<DiskTimes> {
  const disks = join(folder, 'disks');
  await mkdir(disks);
  const path = (name: string) => join(disks, name);
  try {
    const ours = await time(async () => {
      const { format, virtualSizeBytes } = await inspectImage(image);
      const overlay = { overlayPath: path('ours'), basePath: image, baseFormat: format };
      await prepareDisk({ kind: 'overlay', ...overlay, driveInterface: 'virtio' }, virtualSizeBytes);
    });
    const create = ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image, path('qemu-img')];
    const qemuImg = await time(() => execa('qemu-img', create, { cancelSignal: signal }));
    const copy = await time(() => execa('cp', [image, path('copy')], { cancelSignal: signal }));
    return { ours, qemuImg, copy };
  } finally {
    await rm(disks, { recursive: true });
  }
}

async function time(work: () => PromiseLike<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
