import { accessSync, constants, lstatSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { describeFolderError, readErrnoCode, SeedError } from './errors.ts';
import { isInside, isLink, readSeedFile } from './read-seed-file.ts';
import { SEED_FILES } from './seed-files.ts';
import { DEFAULTS_NAME, isDefaultsPath, listDefaultsPaths, ROOT_SEED } from './seed-path.ts';
import type { Seed, SeedLayer, SeedStore } from './seed-store.ts';
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
      const realRoot = openRoot(root);
      try {
        accessSync(realRoot, constants.R_OK | constants.X_OK);
      } catch (cause) {
        throw describeFolderError('seeds-folder-unreadable', root, cause);
      }
    },
    findSeed: async path => (isDefaultsPath(path) ? undefined : findFolder(root, path)),
    findDefaults: async seedPath => findDefaults(root, seedPath),
    async *listSeeds(report) {
      for await (const path of walkSeedPaths(root, report)) {
        const seed = isDefaultsPath(path) ? undefined : findReported(root, path, report);
        if (seed !== undefined) yield seed;
      }
    },
    async *listDefaults(report) {
      for await (const path of walkSeedPaths(root, report)) {
        if (!isDefaultsPath(path) || !path.endsWith(DEFAULTS_NAME)) continue;
        const layer = findReported(root, path, report);
        if (layer !== undefined) yield layer;
      }
    },
  };
}

function findReported(root: string, path: string, report: (problem: SeedError) => void): Seed | undefined {
  try {
    return findFolder(root, path);
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    report(error);
    return undefined;
  }
}

function findDefaults(root: string, seedPath: string | undefined): readonly SeedLayer[] {
  const realRoot = openRoot(root);
  return listDefaultsPaths(seedPath).flatMap((path): readonly SeedLayer[] => {
    try {
      // Most seeds have none, and are told so without the cost of an error.
      if (lstatSync(`${realRoot}/${path}`, { throwIfNoEntry: false }) === undefined) return [];
      const layer = findFolder(root, path);
      return layer === undefined ? [] : [layer];
    } catch (cause) {
      const error =
        cause instanceof SeedError ? cause : describeFolderError('seed-folder-unreadable', path, cause);
      return [{ path, readFile: () => Promise.reject(error) }];
    }
  });
}

function findFolder(root: string, path: string): Seed | undefined {
  const realRoot = openRoot(root);
  if (path === ROOT_SEED) {
    const isSeed = SEED_FILES.some(file => readSeedFile(realRoot, `${realRoot}/${file}`) !== undefined);
    return isSeed ? buildSeed(realRoot, path, realRoot, basename(realRoot)) : undefined;
  }
  const linkPath = `${realRoot}/${path}`;
  const folder = realFolder(linkPath, 'seed-folder-unreadable');
  if (folder === undefined) return undefined;
  if (isInside(realRoot, folder)) return buildSeed(realRoot, path, folder, basename(path));
  throw new SeedError(
    'seed-folder-outside',
    `Cannot serve "${linkPath}": it leads to "${folder}", outside of the seeds folder "${realRoot}"; copy the folder into it`,
  );
}

function buildSeed(realRoot: string, path: string, folder: string, name: string): Seed {
  return { path, name, readFile: async file => readSeedFile(realRoot, `${folder}/${file}`) };
}

/** The seeds folder's real path. A missing one is never taken for "no such seed": a mount may just be away. */
function openRoot(root: string): string {
  const realRoot = realFolder(root, 'seeds-folder-unreadable');
  if (realRoot !== undefined) return realRoot;
  throw new SeedError(
    'seeds-folder-missing',
    `Cannot read seeds from "${root}": there is no such folder; create it, mount it, or name another one`,
  );
}

/** The real path of a folder, or undefined when there is no folder of that name. */
function realFolder(path: string, code: 'seeds-folder-unreadable' | 'seed-folder-unreadable') {
  try {
    // The dot makes the kernel answer ENOTDIR for a file: one call instead of two.
    return realpathSync.native(`${path}/.`);
  } catch (cause) {
    const errno = readErrnoCode(cause) ?? '';
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errno) && !isLink(path)) return undefined;
    throw describeFolderError(code, path, cause);
  }
}
