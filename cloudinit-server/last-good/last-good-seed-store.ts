import { readMessage, SeedError } from '../errors.ts';
import type { SeedFile } from '../seed-files.ts';
import { listDefaultsPaths, ROOT_SEED } from '../seed-path.ts';
import type { Seed, SeedLayer, SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import type { GoodFile, GoodFileTable } from '../state/good-file-table.ts';
import { findBroken } from './find-broken.ts';

/** What the store works with. */
export interface LastGoodOptions {
  /** Where seeds come from. */
  readonly store: SeedStore;
  readonly goodFiles: GoodFileTable;
  /** Whether a registered VM has this seed: it is served what is remembered of a folder that is gone. */
  readonly isUsed: (seedPath: string) => boolean;
  readonly log: ServerLog;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * A store that serves a file in its last good version while it is broken, cannot be read or is too large, and a whole
 * seed while the seeds folder is away: a bad save must not cost a guest its identity at its next reboot. It says so
 * in the log, each time. A file that was never good is what it is.
 *
 * A seed whose folder is gone, and a file that is gone, are gone: that is what their author wants. It is forgotten when it is
 * asked for, unless a registered VM has it.
 */
export function createLastGoodSeedStore(options: LastGoodOptions): SeedStore {
  const { store } = options;
  return {
    check: () => store.check(),
    listSeeds: report => store.listSeeds(report),
    listDefaults: report => store.listDefaults(report),
    findDefaults: async seedPath => {
      const found = await store.findDefaults(seedPath).catch((error: unknown) => {
        if (!(error instanceof SeedError)) throw error;
        return error;
      });
      return listDefaultsPaths(seedPath).map(path => {
        if (found instanceof SeedError) return buildRememberedDefaults(path, found, options);
        const layer = found.find(known => known.path === path) ?? buildAbsentDefaults(path);
        return { path, readFile: file => readLastGood(layer, file, options) };
      });
    },
    findSeed: async path => {
      try {
        const seed = await store.findSeed(path);
        if (seed === undefined) forgetGone(path, options);
        return seed && { ...seed, readFile: file => readLastGood(seed, file, options) };
      } catch (error) {
        if (!(error instanceof SeedError)) throw error;
        return buildRememberedSeed(path, error, options);
      }
    },
  };
}

async function readLastGood(
  seed: SeedLayer,
  file: SeedFile,
  options: LastGoodOptions,
): Promise<Buffer | undefined> {
  const { goodFiles } = options;
  try {
    const body = await seed.readFile(file);
    const broken = keepIfGood(seed.path, file, body, options);
    if (broken === undefined) return body;
    const good = goodFiles.find(seed.path, file);
    // That there was no such file is no version of it.
    if (good?.body === undefined) return body;
    tell(seed.path, file, good, broken, options);
    return good.body;
  } catch (error) {
    const good = error instanceof SeedError ? goodFiles.find(seed.path, file) : undefined;
    if (!(error instanceof SeedError) || good?.body === undefined) throw error;
    tell(seed.path, file, good, error.message, options);
    return good.body;
  }
}

/** What was in a folder that is gone must not come back while the seeds folder is away. */
function forgetGone(path: string, { goodFiles, isUsed, log }: LastGoodOptions): void {
  if (!goodFiles.isKnown(path) || isUsed(path)) return;
  try {
    goodFiles.forget(path);
  } catch (error) {
    log.error('state not written', { seed: path, reason: readMessage(error) });
  }
}

/** Keeps a good version; says what is wrong with another. */
function keepIfGood(
  seed: string,
  file: SeedFile,
  body: Buffer | undefined,
  { goodFiles, log, now }: LastGoodOptions,
): string | undefined {
  if (goodFiles.isSaved(seed, file, body)) return undefined;
  const broken = body === undefined ? undefined : findBroken(file, body);
  if (broken !== undefined) return broken;
  try {
    goodFiles.save(seed, file, body, now());
  } catch (error) {
    // The guest gets its file all the same.
    log.error('state not written', {
      seed,
      file,
      reason: readMessage(error),
    });
  }
  return undefined;
}

/** A seed out of memory, while where it comes from is away; its files are those that were served before. */
function buildRememberedSeed(path: string, error: SeedError, options: LastGoodOptions): Seed {
  return {
    path,
    name: path.split('/').at(-1) ?? path,
    readFile: async file => {
      const good = options.goodFiles.find(path, file);
      // The root's meta-data is generated from its folder's name, which is not known now.
      const isNameless = path === ROOT_SEED && file === 'meta-data' && good?.body === undefined;
      if (good === undefined || isNameless) throw error;
      tell(path, file, good, error.message, options);
      return good.body;
    },
  };
}

/** That a folder is gone is noted as well, for the same reason. */
function buildAbsentDefaults(path: string): SeedLayer {
  return { path, readFile: async () => undefined };
}

/** The same for what several VMs share. What is not on record was not there when it was last looked for. */
function buildRememberedDefaults(path: string, error: SeedError, options: LastGoodOptions): SeedLayer {
  return {
    path,
    readFile: async file => {
      const good = options.goodFiles.find(path, file);
      if (good?.body !== undefined) tell(path, file, good, error.message, options);
      return good?.body;
    },
  };
}

function tell(seed: string, file: SeedFile, good: GoodFile, reason: string, { log }: LastGoodOptions): void {
  const saved_at = new Date(good.savedAt).toISOString();
  log.error('last good version served, edit does not count', { seed, file, saved_at, reason });
}
