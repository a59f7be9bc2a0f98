import { buildMetaData } from './generated-meta-data.ts';
import type { SeedFile } from './seed-files.ts';
import type { Seed } from './seed-store.ts';

const EMPTY = Buffer.alloc(0);

/**
 * What the guest gets for one file of its seed: what the author wrote, byte for byte, and where nothing is written
 * something that costs the guest nothing. (An answer other than 2xx costs it 10 s a file, or its identity.)
 *
 * @param source the file's content, or undefined when it does not exist
 */
export function renderSeedFile(
  seed: Pick<Seed, 'path' | 'name'>,
  file: SeedFile,
  source: Buffer | undefined,
): Buffer {
  if (source !== undefined) return source;
  return file === 'meta-data' ? Buffer.from(buildMetaData(seed)) : EMPTY;
}
