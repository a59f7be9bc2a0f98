/** How the root of the seeds folder is called when it is a seed itself. */
export const ROOT_SEED = '.';

/** A folder whose files go under those of every seed beside and below it. It is no seed. */
export const DEFAULTS_NAME = '_default';

/** Paths that the server answers itself; a folder below the root with such a name is not served. */
export const RESERVED_NAMES = ['healthz', 'readyz'] as const;

/** Characters, of the whole path. */
export const MAX_SEED_PATH_LENGTH = 255;

/**
 * A folder name as existing seed folders have them: a letter, digit or underscore of any script first, anything
 * printable after it. That leaves no dot files and no `..`, and keeps every other first character (`-`, `~`, `@`, …)
 * free for paths of the server's own.
 */
const SEGMENT = /^[\p{L}\p{N}_][^/\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u;

/** Whether a folder of this name can be part of a seed's path. */
export function isSeedSegment(name: string): boolean {
  return SEGMENT.test(name);
}

/** The path of the seed with these folder names, or undefined when no seed can have it. */
export function buildSeedPath(segments: readonly string[]): string | undefined {
  const [first] = segments;
  if (first === undefined) return ROOT_SEED;
  if (RESERVED_NAMES.some(name => name === first) || !segments.every(isSeedSegment)) return undefined;
  const path = segments.join('/');
  return path.length <= MAX_SEED_PATH_LENGTH ? path : undefined;
}

/** Reads the path of a seed as people write it; undefined when no seed can have it. */
export function parseSeedPath(text: string): string | undefined {
  return text === ROOT_SEED ? ROOT_SEED : buildSeedPath(text.replace(/\/$/, '').split('/'));
}

/** Whether this is the path of files that go under those of others, or of something inside of such a folder. */
export function isDefaultsPath(path: string): boolean {
  return path.split('/').includes(DEFAULTS_NAME);
}

/**
 * Where the files lie that go under a seed's own, weakest first: `_default`, then one for each folder above the seed.
 *
 * @param seedPath undefined for a VM without a seed
 */
export function listDefaultsPaths(seedPath: string | undefined): readonly string[] {
  const groups = seedPath === undefined ? [] : seedPath.split('/').slice(0, -1);
  return [
    DEFAULTS_NAME,
    ...groups.map((_, index) => `${groups.slice(0, index + 1).join('/')}/${DEFAULTS_NAME}`),
  ];
}
