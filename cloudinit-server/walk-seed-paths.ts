import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { describeFolderError, type SeedError } from './errors.ts';
import { buildSeedPath } from './seed-path.ts';

/** How deep the walk goes; a request may go as deep as its path is long. */
export const MAX_DEPTH = 8;

/**
 * The path of every folder that may be a seed: the root, and what lies below it under names that can be served.
 *
 * @param report told of each folder that cannot be looked into
 */
export async function* walkSeedPaths(
  root: string,
  report: (problem: SeedError) => void,
): AsyncGenerator<string> {
  const pending: (readonly string[])[] = [[]];
  for (let segments = pending.pop(); segments !== undefined; segments = pending.pop()) {
    const path = buildSeedPath(segments);
    if (path === undefined) continue;
    yield path;
    for (const entry of await readFolder([root, ...segments].join('/'), report)) {
      const below = [...segments, entry.name];
      if (entry.isDirectory() && below.length <= MAX_DEPTH) pending.push(below);
      // A link to a folder is a seed, but not gone into: it may lead in a circle.
      const linked = entry.isSymbolicLink() ? buildSeedPath(below) : undefined;
      if (linked !== undefined) yield linked;
    }
  }
}

async function readFolder(folder: string, report: (problem: SeedError) => void): Promise<readonly Dirent[]> {
  try {
    const entries = await Array.fromAsync(await opendir(folder));
    return entries.filter(entry => entry.isDirectory() || entry.isSymbolicLink());
  } catch (cause) {
    report(describeFolderError('seed-folder-unreadable', folder, cause));
    return [];
  }
}
