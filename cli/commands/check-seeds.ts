import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { SeedError } from '../../cloudinit-server/errors.ts';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { isSeedFile, SEED_FILES, type SeedFile } from '../../cloudinit-server/seed-files.ts';
import { ROOT_SEED } from '../../cloudinit-server/seed-path.ts';
import type { Seed } from '../../cloudinit-server/seed-store.ts';
import type { CliIo } from '../io.ts';
import type { Finding } from '../job/finding.ts';
import type { FindGuestVersion } from './guest-version.ts';

/** What was looked at, and what is wrong with it. */
export interface CheckedSeeds {
  /** Folders with at least one of the four files. */
  readonly seeds: number;
  /** Seed by seed, by path; inside of one by file and line. */
  readonly findings: readonly Finding[];
}

/** Whether an argument of `check` is about seeds: a folder, or one of the four files; anything else is a job file. */
export function isSeedArgument(path: string, cwd: string): boolean {
  const isFolder = statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder || isSeedFile(basename(path));
}

/**
 * Checks every seed of a folder, or one file of a seed.
 */
export async function checkSeeds(
  path: string,
  findVersion: FindGuestVersion,
  io: CliIo,
): Promise<CheckedSeeds> {
  const only = isSeedFile(basename(path)) && isSeedFileThere(path, io.cwd) ? basename(path) : undefined;
  const folder = only === undefined ? path : dirname(path);
  const findings: Finding[] = [];
  const report = (problem: SeedError) => findings.push(describeUnreadable(folder, problem));
  const store = createFolderSeedStore(resolve(io.cwd, folder));
  const seeds =
    only === undefined ? await Array.fromAsync(store.listSeeds(report)) : await findRoot(store, report);
  let count = 0;
  for (const seed of seeds.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    io.signal.throwIfAborted();
    const contents = await readSeed(seed, problem => report(problem));
    if (Object.keys(contents).length === 0) continue;
    count += 1;
    for (const finding of await validate(contents, findVersion(seed.path))) {
      if (only !== undefined && finding.file !== only) continue;
      const { file, ...facts } = finding;
      findings.push({ file: join(folder, seed.path === ROOT_SEED ? '' : seed.path, file), ...facts });
    }
  }
  if (count === 0 && findings.length === 0) findings.push(describeNoSeed(path));
  return { seeds: count, findings };
}

async function validate(contents: Partial<Record<SeedFile, Buffer>>, guestVersion: string | undefined) {
  // Brings the schemas and what compiles them, which no other command needs.
  const [{ validateSeed }, { loadSchemas }] = await Promise.all([
    import('../../cloudinit-server/validate/validate-seed.ts'),
    import('../../cloudinit-server/validate/load-schemas.ts'),
  ]);
  const schemas = await loadSchemas();
  return validateSeed(contents, { schemas, guestVersion });
}

async function readSeed(seed: Seed, report: (problem: SeedError) => void) {
  const contents: Partial<Record<SeedFile, Buffer>> = {};
  for (const file of SEED_FILES) {
    try {
      const content = await seed.readFile(file);
      if (content !== undefined) contents[file] = content;
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      report(error);
    }
  }
  return contents;
}

async function findRoot(
  store: ReturnType<typeof createFolderSeedStore>,
  report: (problem: SeedError) => void,
): Promise<readonly Seed[]> {
  try {
    const seed = await store.findSeed(ROOT_SEED);
    return seed === undefined ? [] : [seed];
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    report(error);
    return [];
  }
}

function isSeedFileThere(path: string, cwd: string): boolean {
  return !(statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory() ?? false);
}

function describeUnreadable(folder: string, problem: SeedError): Finding {
  return {
    file: folder,
    line: 1,
    column: 1,
    severity: 'error',
    rule: problem.code,
    path: '',
    message: problem.message,
  };
}

function describeNoSeed(path: string): Finding {
  const message = `there is no seed here: no folder with a file ${SEED_FILES.join(', ')}; name the folder that holds them`;
  return { file: path, line: 1, column: 1, severity: 'error', rule: 'no-seed', path: '', message };
}
