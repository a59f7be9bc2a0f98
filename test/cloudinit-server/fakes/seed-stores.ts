import { SeedError } from '../../../cloudinit-server/errors.ts';
import type { SeedFile } from '../../../cloudinit-server/seed-files.ts';
import type { Seed, SeedStore } from '../../../cloudinit-server/seed-store.ts';

/** The files of one seed. */
export type SeedContents = Readonly<Partial<Record<SeedFile, string>>>;

/** Holds these seeds and no others. */
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
    findSeed: async path => find(path),
    async *listSeeds() {
      for (const path of Object.keys(seeds)) {
        const seed = find(path);
        if (seed !== undefined) yield seed;
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
  return {
    check: () => Promise.reject(error),
    findSeed: () => Promise.reject(error),
    // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
    async *listSeeds() {
      throw error;
    },
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
