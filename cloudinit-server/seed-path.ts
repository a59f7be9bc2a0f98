/** How the root of the seeds folder is called when it is a seed itself. */
export const ROOT_SEED = '.';

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
