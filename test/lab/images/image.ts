import { createHash } from 'node:crypto';
import { access, glob, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execa } from 'execa';

/** What can be built: see the script of the same name beside this file. */
export type Recipe = keyof typeof suffixes;

/** Of the file that comes out of it; two make a folder. */
const suffixes = { tiny: '.qcow2', debian: '.qcow2', 'cloud-init': '', 'guest-agent': '' } as const;

/** What decides how an image turns out, and where it is kept. */
export interface ImageRequest {
  readonly recipe: Recipe;
  /** Debian's suite, such as "bookworm". */
  readonly suite: string;
  readonly cacheFolder: string;
  /** Called once if the image has to be built, which takes 15 s (tiny) to 60 s (debian). */
  readonly onBuild?: (message: string) => void;
}

const recipes = import.meta.dirname;
const aptSources = join(recipes, '../../../scripts/apt-sources.sh');

/**
 * The path of an image; builds it where the cache has none made by the same scripts. Two processes may ask at once:
 * the second waits for the first.
 *
 * @throws when the build fails, with the end of what it printed
 */
export async function ensureImage(request: ImageRequest): Promise<string> {
  const { recipe, suite, cacheFolder } = request;
  const name = `${recipe}-${suite}`;
  const path = join(cacheFolder, `${name}-${await recipeHash(recipe, suite)}${suffixes[recipe]}`);
  if (await exists(path)) return path;
  await mkdir(cacheFolder, { recursive: true });
  request.onBuild?.(`building "${name}" from Debian packages`);
  // flock's lock ends with the process that holds it, however that dies.
  const build = [process.execPath, import.meta.filename, recipe, suite, path];
  await execa('flock', [`${path}.lock`, ...build], { all: true, buffer: true }).catch((cause: unknown) => {
    const output = cause instanceof Error && 'all' in cause ? String(cause.all).slice(-2000) : '';
    throw new Error(`Cannot build "${name}" from Debian packages: ${output}`, { cause });
  });
  await rm(`${path}.lock`, { force: true });
  return path;
}

async function buildImage(recipe: string, suite: string, path: string): Promise<void> {
  if (await exists(path)) return; // whoever held the lock before us made it
  // We hold the lock, so whose these are has been killed.
  for await (const abandoned of glob(`${path}.work-*`)) await rm(abandoned, { recursive: true, force: true });
  const work = await mkdtemp(`${path}.work-`);
  try {
    const [apt, image] = [join(work, 'apt'), join(work, 'image')];
    const stdio = { stdout: 'inherit', stderr: 'inherit' } as const;
    await execa('sh', [aptSources, suite, join(apt, 'sources')], stdio);
    await writeFile(join(apt, 'apt.conf'), await readAptSettings());
    await execa('sh', [join(recipes, `${recipe}.sh`), work, image, suite, apt], stdio);
    await rename(image, path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** How the host's apt reaches its archives, and how old a mirror may be: another suite is to be had no other way. */
async function readAptSettings(): Promise<string> {
  const { stdout } = await execa('apt-config', ['dump', 'Acquire']);
  const lines = stdout.split('\n').filter(line => /^Acquire::(Check-|Retries|https?::)/.test(line));
  return `${lines.join('\n')}\n`;
}

/** Of what decides how an image turns out: the scripts, but for those named after another recipe. */
async function recipeHash(recipe: Recipe, suite: string): Promise<string> {
  const hash = createHash('sha256')
    .update(suite)
    .update(await readFile(aptSources));
  const entries = await readdir(recipes, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(entry => entry.isFile())
    .map(entry => relative(recipes, join(entry.parentPath, entry.name)));
  const others = Object.keys(suffixes).filter(other => other !== recipe);
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

// Run by ensureImage() under flock: node image.ts RECIPE SUITE PATH.
if (import.meta.main) {
  const [recipe, suite, path] = process.argv.slice(2);
  if (recipe === undefined || suite === undefined || path === undefined)
    throw new Error('usage: image.ts RECIPE SUITE PATH');
  // Ctrl-C ends the script, too; we stay to remove what it leaves.
  process.on('SIGINT', () => undefined);
  await buildImage(recipe, suite, path);
}
