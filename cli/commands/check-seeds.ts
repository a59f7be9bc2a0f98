import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { SeedError } from '../../cloudinit-server/errors.ts';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { findLayer } from '../../cloudinit-server/seed-check/find-layer.ts';
import { isSeedFile, SEED_FILES, type SeedFile } from '../../cloudinit-server/seed-files.ts';
import { buildSeedPath, DEFAULTS_NAME, isDefaultsPath, ROOT_SEED } from '../../cloudinit-server/seed-path.ts';
import type { SeedLayer, SeedStore } from '../../cloudinit-server/seed-store.ts';
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
 * Checks every seed of a folder with what goes under them, or one file of a seed.
 */
export async function checkSeeds(
  path: string,
  findVersion: FindGuestVersion,
  io: CliIo,
): Promise<CheckedSeeds> {
  const only = isSeedFile(basename(path)) && isSeedFileThere(path, io.cwd) ? basename(path) : undefined;
  const place = only === undefined ? { folder: path, layer: undefined } : findPlace(dirname(path), io.cwd);
  const { folder } = place;
  const findings: Finding[] = [];
  const report = (problem: SeedError) => findings.push(describeUnreadable(folder, problem));
  const store = createFolderSeedStore(resolve(io.cwd, folder));
  const layers =
    place.layer === undefined ? await listLayers(store, report) : await findOne(store, place.layer, report);
  let checked = 0;
  let seeds = 0;
  for (const layer of layers.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    io.signal.throwIfAborted();
    const contents = await readFiles(layer, report);
    if (Object.keys(contents).length === 0) continue;
    checked += 1;
    seeds += isDefaultsPath(layer.path) ? 0 : 1;
    for (const finding of await validate(layer, contents, { store, guestVersion: findVersion(layer.path) })) {
      if (only !== undefined && finding.file !== only) continue;
      const { file, ...facts } = finding;
      const place = join(folder, layer.path === ROOT_SEED ? '' : layer.path, file);
      findings.push({ file: only === undefined ? place : path, ...facts });
    }
  }
  if (checked === 0 && findings.length === 0) findings.push(describeNoSeed(path));
  return { seeds, findings };
}

/** Where a seed's folder is among others: below the farthest folder that has something for all of them. */
function findPlace(folder: string, cwd: string): { readonly folder: string; readonly layer: string } {
  let place = { folder, layer: ROOT_SEED };
  let below = resolve(cwd, folder);
  for (const names: string[] = []; below !== dirname(below); below = dirname(below)) {
    names.unshift(basename(below));
    const layer = buildSeedPath(names);
    if (layer === undefined) break;
    if (existsSync(join(dirname(below), DEFAULTS_NAME))) place = { folder: dirname(below), layer };
  }
  return place;
}

async function validate(
  layer: SeedLayer,
  contents: Partial<Record<SeedFile, Buffer>>,
  { store, guestVersion }: { readonly store: SeedStore; readonly guestVersion: string | undefined },
) {
  // Brings the schemas and what compiles them, which no other command needs.
  const [{ validateSeed }, { loadSchemas }, { renderGivenByPath }] = await Promise.all([
    import('../../cloudinit-server/validate/validate-seed.ts'),
    import('../../cloudinit-server/validate/load-schemas.ts'),
    import('../../cloudinit-server/render/render-given.ts'),
  ]);
  const isShared = isDefaultsPath(layer.path);
  const given = isShared ? undefined : await renderGivenByPath(layer, store);
  return validateSeed(contents, { schemas: await loadSchemas(), guestVersion, given, isShared });
}

async function readFiles(layer: SeedLayer, report: (problem: SeedError) => void) {
  const contents: Partial<Record<SeedFile, Buffer>> = {};
  for (const file of SEED_FILES) {
    try {
      const content = await layer.readFile(file);
      if (content !== undefined) contents[file] = content;
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      report(error);
    }
  }
  return contents;
}

async function listLayers(store: SeedStore, report: (problem: SeedError) => void) {
  const seeds = await Array.fromAsync<SeedLayer>(store.listSeeds(report));
  // What cannot be looked into has just been reported.
  return [...seeds, ...(await Array.fromAsync(store.listDefaults(() => undefined)))];
}

async function findOne(
  store: SeedStore,
  path: string,
  report: (problem: SeedError) => void,
): Promise<readonly SeedLayer[]> {
  try {
    const layer = await findLayer(store, path);
    return layer === undefined ? [] : [layer];
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
