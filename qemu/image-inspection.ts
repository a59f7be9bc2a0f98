import { QemuError } from './errors.ts';
import {
  IMAGE_HEADER_BYTES,
  parseImageHeader,
  type UnknownContent,
  type UsableImage,
} from './image-header.ts';
import { type FileStart, readStart } from './read-start.ts';

/**
 * Finds out an image's format and size, and refuses what must not reach qemu.
 *
 * To be called on the very file that qemu will open, after nobody else can write to it any more.
 *
 * @throws QemuError `image-missing`, `image-unreadable`, `image-invalid` or `image-unsafe`.
 */
export async function inspectImage(path: string, unknown: UnknownContent = 'refuse'): Promise<UsableImage> {
  const start = await readImageStart(path);
  if (!start.isRegular) {
    throw new QemuError(
      'image-invalid',
      `Cannot use image "${path}": it is not a regular file; give the path of a qcow2 or raw image`,
    );
  }
  const verdict = parseImageHeader(start.bytes, start.sizeBytes, unknown);
  if (verdict.kind === 'usable') return verdict;
  throw new QemuError(verdict.code, `Cannot use image "${path}": it ${verdict.reason}; ${verdict.cure}`);
}

async function readImageStart(path: string): Promise<FileStart> {
  try {
    return await readStart(path, IMAGE_HEADER_BYTES);
  } catch (cause) {
    // Node's file functions throw errors that carry a code.
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new QemuError(
        'image-missing',
        `Cannot use image "${path}": there is no such file; check the path, or fetch it with an artifact block`,
        { cause },
      );
    }
    throw new QemuError(
      'image-unreadable',
      `Cannot read image "${path}": ${code ?? String(cause)}; make it readable for the Nomad agent`,
      { cause },
    );
  }
}
