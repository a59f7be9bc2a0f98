import { SeedError } from './errors.ts';
import { SEED_FILES, type SeedFile } from './seed-files.ts';
import { buildSeedPath } from './seed-path.ts';

/** Bytes of a request's target, query included. A seed's URL has 255 characters before percent-encoding. */
export const MAX_TARGET_LENGTH = 2048;

/** What a guest asked for. */
export type SeedRequest =
  /** `seedPath`: see {@link Seed.path}. */
  | { readonly kind: 'path'; readonly seedPath: string; readonly file: SeedFile }
  /** A file of the registered VM whose seed's token this is, or is said to be. */
  | { readonly kind: 'vm'; readonly token: string; readonly file: SeedFile };

/** Where the seeds of registered VMs are; below it is the token. No folder of a seed can be called so. */
export const VM_PATH = '/-/vm/';

/**
 * Reads the target of a request's first line.
 *
 * Repeated and trailing slashes don't count, and the query is ignored, as people put markers and tokens there. The
 * slash before the file's name may be missing: cloud-init before 23.1 glues the name to whatever URL it was given.
 * Percent-encoding is undone exactly once, after splitting, so that an encoded slash or dot never makes a path.
 *
 * @throws {SeedError} `request-path-refused` or `request-path-too-long`
 */
export function parseRequestPath(target: string): SeedRequest {
  if (target.length > MAX_TARGET_LENGTH) {
    throw new SeedError(
      'request-path-too-long',
      `Cannot serve a request target of ${target.length} bytes: at most ${MAX_TARGET_LENGTH} are accepted`,
    );
  }
  const path = readPath(target);
  const segments = cutTarget(target)
    .split('/')
    .filter(segment => segment !== '');
  const decoded = segments.map(segment => decodeSegment(segment, path));
  const { folders, file } = splitFile(decoded, path);
  const [dash, kind, token, ...rest] = folders;
  if (dash === '-' && kind === 'vm' && token !== undefined && rest.length === 0) return { kind, token, file };
  const seedPath = buildSeedPath(folders);
  if (seedPath === undefined) throw refusePath(path, 'it names a folder that cannot be a seed');
  return { kind: 'path', seedPath, file };
}

/**
 * The path of a request target, fit for the log: without the query and what comes after `/-/KIND/`, as either may be a
 * token, and whoever reads the log must not be able to get a guest's seed or report in its name. (No seed's path begins
 * so.)
 */
export function readPath(target: string): string {
  return cutTarget(target).replace(/^((?:\/|%2f)*(?:-|%2d)(?:\/|%2f)+.*?(?:\/|%2f)+).+/i, '$1<token>');
}

/** The path of a target, without its query. A proxy may send the absolute form (RFC 9112, 3.2.2). */
function cutTarget(target: string): string {
  const [path = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  return path;
}

function decodeSegment(segment: string, path: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw refusePath(path, 'its percent-encoding is broken', cause);
  }
}

function splitFile(
  segments: readonly string[],
  path: string,
): { folders: readonly string[]; file: SeedFile } {
  const last = segments.at(-1) ?? '';
  const folders = segments.slice(0, -1);
  const file = SEED_FILES.find(name => last.endsWith(name));
  if (file === undefined) throw refusePath(path, `only ${SEED_FILES.join(', ')} of a seed are served`);
  return { folders: last === file ? folders : [...folders, last.slice(0, -file.length)], file };
}

function refusePath(path: string, reason: string, cause?: unknown): SeedError {
  return new SeedError('request-path-refused', `Cannot serve "${path}": ${reason}`, { cause });
}
