import { access, constants, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { describeFolderError, readErrnoCode, SeedError } from './errors.ts';
import { isInside, isLink, readSeedFile } from './read-seed-file.ts';
import { SEED_FILES } from './seed-files.ts';
import { ROOT_SEED } from './seed-path.ts';
import type { Seed, SeedStore } from './seed-store.ts';
import { walkSeedPaths } from './walk-seed-paths.ts';

/**
 * Serves a folder of seeds: every folder below it, and the folder itself where it holds one of the four files.
 *
 * Nothing is remembered: each look-up reads the disk, so that an edit counts at once. A file is served as it is at
 * that moment: an editor that truncates and writes, or moves the old file away first, can be caught half-way; one
 * that renames the new file over the old one cannot.
 *
 * @param root path of the folder; may be a link, which is followed anew at every look-up
 */
export function createFolderSeedStore(root: string): SeedStore {
  return {
    check: async () => {
      const realRoot = await openRoot(root);
      await access(realRoot, constants.R_OK | constants.X_OK).catch((cause: unknown) => {
        throw describeFolderError('seeds-folder-unreadable', root, cause);
      });
    },
    findSeed: path => findSeed(root, path),
    async *listSeeds(report) {
      for await (const path of walkSeedPaths(root, report)) {
        const seed = await findSeed(root, path).catch((error: unknown) => {
          if (!(error instanceof SeedError)) throw error;
          report(error);
        });
        if (seed !== undefined) yield seed;
      }
    },
  };
}

async function findSeed(root: string, path: string): Promise<Seed | undefined> {
  const realRoot = await openRoot(root);
  if (path === ROOT_SEED) {
    const seed = buildSeed(realRoot, path, realRoot, basename(realRoot));
    return (await holdsSeedFile(seed)) ? seed : undefined;
  }
  const linkPath = `${realRoot}/${path}`;
  const folder = await realFolder(linkPath, 'seed-folder-unreadable');
  if (folder === undefined) return undefined;
  if (isInside(realRoot, folder)) return buildSeed(realRoot, path, folder, basename(path));
  throw new SeedError(
    'seed-folder-outside',
    `Cannot serve "${linkPath}": it leads to "${folder}", outside of the seeds folder "${realRoot}"; copy the folder into it`,
  );
}

function buildSeed(realRoot: string, path: string, folder: string, name: string): Seed {
  return { path, name, readFile: file => readSeedFile(realRoot, `${folder}/${file}`) };
}

async function holdsSeedFile(seed: Seed): Promise<boolean> {
  for (const file of SEED_FILES) {
    if ((await seed.readFile(file)) !== undefined) return true;
  }
  return false;
}

/** The seeds folder's real path. A missing one is never taken for "no such seed": a mount may just be away. */
async function openRoot(root: string): Promise<string> {
  const realRoot = await realFolder(root, 'seeds-folder-unreadable');
  if (realRoot !== undefined) return realRoot;
  throw new SeedError(
    'seeds-folder-missing',
    `Cannot read seeds from "${root}": there is no such folder; create it, mount it, or name another one`,
  );
}

/** The real path of a folder, or undefined when there is no folder of that name. */
async function realFolder(path: string, code: 'seeds-folder-unreadable' | 'seed-folder-unreadable') {
  try {
    // The dot makes the kernel answer ENOTDIR for a file: one call instead of two.
    return await realpath(`${path}/.`);
  } catch (cause) {
    const errno = readErrnoCode(cause) ?? '';
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errno) && !(await isLink(path))) return undefined;
    throw describeFolderError(code, path, cause);
  }
}
