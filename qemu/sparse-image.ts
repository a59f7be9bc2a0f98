import { open } from 'node:fs/promises';

/** An image as a sparse file: what is not written is zero. */
export interface SparseImage {
  readonly fileSizeBytes: number;
  readonly parts: readonly { readonly offset: number; readonly bytes: Buffer }[];
}

/**
 * Writes an image into a new file that its owner alone can read.
 *
 * @throws the system's error, also when the file exists.
 */
export async function writeSparseImage(path: string, image: SparseImage): Promise<void> {
  await using handle = await open(path, 'wx', 0o600);
  for (const { offset, bytes } of image.parts) await handle.write(bytes, 0, bytes.length, offset);
  await handle.truncate(image.fileSizeBytes);
}
