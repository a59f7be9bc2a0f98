import { createHash } from 'node:crypto';
import { access, glob, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execa } from 'execa';

/** The guests that the lab can build: see the script of the same name beside this file. */
export type ImageName = (typeof imageNames)[number];
const imageNames = ['tiny', 'debian-12'] as const;

/** What decides how an image turns out, and where it is kept. */
export interface ImageRequest {
  readonly name: ImageName;
  /** Debian's suite, such as "bookworm". */
  readonly suite: string;
  readonly cacheFolder: string;
  /** Called once if the image has to be built, which takes 15 s (tiny) to 60 s (Debian). */
  readonly onBuild?: (message: string) => void;
}

const recipes = import.meta.dirname;

/**
 * The path of a guest image; builds it where the cache has none made by the same scripts. Two processes may ask at
 * once: the second waits for the first.
 *
 * @throws when the build fails, with the end of what it printed
 */
export async function ensureImage(request: ImageRequest): Promise<string> {
  const path = join(
    request.cacheFolder,
    `${request.name}-${await recipeHash(request.name, request.suite)}.qcow2`,
  );
  if (await exists(path)) return path;
  await mkdir(request.cacheFolder, { recursive: true });
  request.onBuild?.(`building the image "${request.name}" from Debian packages`);
  // flock's lock ends with the process that holds it, however that dies.
  await execa(
    'flock',
    [`${path}.lock`, process.execPath, import.meta.filename, request.name, request.suite, path],
    {
      all: true,
      buffer: true,
    },
  ).catch((cause: unknown) => {
    const output = cause instanceof Error && 'all' in cause ? String(cause.all).slice(-2000) : '';
    throw new Error(`Cannot build the guest image "${request.name}": ${output}`, { cause });
  });
  await rm(`${path}.lock`, { force: true });
  return path;
}

async function buildImage(name: string, suite: string, path: string): Promise<void> {
  if (await exists(path)) return; // whoever held the lock before us made it
  // We hold the lock, so whose these are has been killed.
  for await (const abandoned of glob(`${path}.work-*`)) await rm(abandoned, { recursive: true, force: true });
  const work = await mkdtemp(`${path}.work-`);
  try {
    const script = join(recipes, `${name}.sh`);
    await execa('sh', [script, work, join(work, 'image.qcow2'), suite], {
      stdout: 'inherit',
      stderr: 'inherit',
    });
    await rename(join(work, 'image.qcow2'), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Of what decides how an image turns out: the scripts, but for those named after another image. */
async function recipeHash(name: ImageName, suite: string): Promise<string> {
  const hash = createHash('sha256').update(suite);
  const entries = await readdir(recipes, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(entry => entry.isFile())
    .map(entry => relative(recipes, join(entry.parentPath, entry.name)));
  const others = imageNames.filter(other => other !== name);
  for (const path of paths.sort()) {
    if (path.endsWith('.ts') || others.some(other => path.startsWith(other))) continue;
    hash.update(`\0${path}\0`).update(await readFile(join(recipes, path)));
  }
  return hash.digest('hex').slice(0, 12);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

// Run by ensureImage() under flock: node image.ts NAME SUITE PATH.
if (import.meta.main) {
  const [name, suite, path] = process.argv.slice(2);
  if (name === undefined || suite === undefined || path === undefined)
    throw new Error('usage: image.ts NAME SUITE PATH');
  // Ctrl-C ends the script, too; we stay to remove what it leaves.
  process.on('SIGINT', () => undefined);
  await buildImage(name, suite, path);
}
