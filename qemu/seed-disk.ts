import { buildFatImage } from './fat-image.ts';
import type { SparseImage } from './sparse-image.ts';
import type { SeedDiskFiles } from './vm-spec.ts';

/** cloud-init, cloudbase-init and FreeBSD's nuageinit look for a volume of this name. */
const LABEL = 'CIDATA';

/**
 * A disk that holds a seed, for NoCloud guests of any kind.
 *
 * An empty vendor-data or network-config is left out: to cloud-init that is the same, and others may not expect it.
 *
 * @throws {RangeError} when the files are larger than FAT_CAPACITY_BYTES together.
 */
export function buildSeedDisk(files: SeedDiskFiles): SparseImage {
  const optional = ['vendor-data', 'network-config'] as const;
  return buildFatImage(LABEL, [
    { name: 'meta-data', content: Buffer.from(files['meta-data']) },
    { name: 'user-data', content: Buffer.from(files['user-data']) },
    ...optional.flatMap(name => {
      const content = Buffer.from(files[name] ?? '');
      return content.length === 0 ? [] : [{ name, content }];
    }),
  ]);
}
