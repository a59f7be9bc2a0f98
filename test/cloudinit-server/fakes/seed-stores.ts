import { SeedError } from '../../../cloudinit-server/errors.ts';
import type { SeedFile } from '../../../cloudinit-server/seed-files.ts';
import { isDefaultsPath, listDefaultsPaths } from '../../../cloudinit-server/seed-path.ts';
import type { Seed, SeedStore } from '../../../cloudinit-server/seed-store.ts';

/** The files of one seed. */
export type SeedContents = Readonly<Partial<Record<SeedFile, string>>>;

/** Holds these seeds and no others; those whose path ends in `_default` go under the others. */
export function createFixedSeedStore(seeds: Readonly<Record<string, SeedContents>>): SeedStore {
  const find = (path: string): Seed | undefined => {
    const contents = seeds[path];
    return (
      contents && {
        path,
        name: path.split('/').at(-1) ?? path,
        readFile: async file => toBuffer(contents[file]),
      }
    );
  };
  return {
    check: async () => undefined,
    findSeed: async path => (isDefaultsPath(path) ? undefined : find(path)),
    findDefaults: async seedPath => listDefaultsPaths(seedPath).flatMap(path => find(path) ?? []),
    async *listSeeds() {
      for (const path of Object.keys(seeds)) {
        const seed = find(path);
        if (seed !== undefined && !isDefaultsPath(path)) yield seed;
      }
    },
    async *listDefaults() {
      for (const path of Object.keys(seeds)) {
        const layer = find(path);
        if (layer !== undefined && isDefaultsPath(path)) yield layer;
      }
    },
  };
}

/** Works, and holds nothing. */
export function createEmptySeedStore(): SeedStore {
  return createFixedSeedStore({});
}

/** Fails at everything, with this error. */
export function createBrokenSeedStore(error: Error = brokenError()): SeedStore {
  // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
  async function* fail() {
    throw error;
  }
  return {
    check: () => Promise.reject(error),
    findSeed: () => Promise.reject(error),
    findDefaults: () => Promise.reject(error),
    listSeeds: fail,
    listDefaults: fail,
  };
}

function brokenError(): SeedError {
  return new SeedError(
    'seeds-folder-unreadable',
    'Cannot read the folder "/secret/place": EIO; repair the disk',
  );
}

function toBuffer(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}
