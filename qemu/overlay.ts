import { randomUUID } from 'node:crypto';
import { link, unlink } from 'node:fs/promises';
import { readMessage } from './error-message.ts';
import { QemuError } from './errors.ts';
import { IMAGE_HEADER_BYTES } from './image-header.ts';
import { buildOverlayImage, type OverlayOptions } from './overlay-image.ts';
import { parseQcow2Header, QCOW2_FEATURES } from './qcow2-header.ts';
import { type FileStart, readStart } from './read-start.ts';
import { writeSparseImage } from './sparse-image.ts';

/**
 * Makes an empty overlay on a base image. The file appears whole or not at all, and never in place of another one: an
 * existing disk is somebody's data.
 *
 * Nothing is synced: an overlay lost with the host's power was empty, and qemu syncs it with the guest's first flush.
 *
 * @throws QemuError `disk-failed`.
 */
export async function createOverlay(
  options: OverlayOptions & { readonly overlayPath: string },
): Promise<void> {
  const { overlayPath } = options;
  const temporaryPath = `${overlayPath}.${randomUUID()}.new`;
  try {
    await writeSparseImage(temporaryPath, buildOverlayImage(options));
    // Unlike rename, link fails when the name is taken.
    await link(temporaryPath, overlayPath);
  } catch (cause) {
    const reason = readMessage(cause);
    throw new QemuError('disk-failed', `Cannot create disk "${overlayPath}": ${reason}`, { cause });
  } finally {
    // ENOENT: it could not even be opened.
    await unlink(temporaryPath).catch(() => undefined);
  }
}

/** What was found where an overlay is to be. */
export type OverlayState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'overlay';
      readonly virtualSizeBytes: number;
      /** As the header names it. */
      readonly basePath: string;
    }
  | {
      readonly kind: 'foreign';
      /** A clause about the file, to follow "it". */
      readonly reason: string;
    };

/**
 * Tells whether a file is an overlay, without any qemu tool: those would open whatever its header names.
 *
 * @throws the system's error when the file exists and cannot be read.
 */
export async function inspectOverlay(overlayPath: string): Promise<OverlayState> {
  const start = await readOverlayStart(overlayPath);
  if (start === undefined) return { kind: 'absent' };
  const header = parseQcow2Header(start.bytes);
  if (header === undefined) return { kind: 'foreign', reason: 'is not a qcow2 image' };
  if ((header.incompatibleFeatures & QCOW2_FEATURES.externalDataFile) !== 0n) {
    return { kind: 'foreign', reason: 'keeps its data in another file' };
  }
  if (header.backingFile === undefined)
    return { kind: 'foreign', reason: 'is no overlay, as it has no backing file' };
  return {
    kind: 'overlay',
    virtualSizeBytes: Number(header.virtualSizeBytes),
    basePath: header.backingFile,
  };
}

async function readOverlayStart(path: string): Promise<FileStart | undefined> {
  try {
    return await readStart(path, IMAGE_HEADER_BYTES);
  } catch (error) {
    // Node's file functions throw errors that carry a code.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
