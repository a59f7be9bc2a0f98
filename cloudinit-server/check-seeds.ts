import { SeedError } from './errors.ts';
import type { Seed, SeedStore } from './seed-store.ts';
import type { ServerLog } from './server-log.ts';
import { isKnownUserData, USER_DATA_HEADERS } from './user-data-format.ts';

/** What to look at, and how long at most. */
export interface CheckSeedsOptions {
  readonly store: SeedStore;
  readonly log: ServerLog;
  readonly signal: AbortSignal;
}

/**
 * Looks at every seed once and warns in the log about what a guest would ignore or not get. Serving goes on: the
 * author may be about to repair it, and a guest that gets nothing is worse off.
 */
export async function checkSeeds(options: CheckSeedsOptions): Promise<void> {
  const { store, log, signal } = options;
  let seeds = 0;
  let warnings = 0;
  const report = (problem: SeedError) => {
    warnings += 1;
    log.error('seed not readable', { code: problem.code, reason: problem.message });
  };
  for await (const seed of store.listSeeds(report)) {
    if (signal.aborted) return;
    seeds += 1;
    try {
      warnings += await warnAboutSeed(seed, log);
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      report(error);
    }
  }
  log.info('seeds checked', { seeds, warnings });
}

async function warnAboutSeed(seed: Seed, log: ServerLog): Promise<number> {
  const metaData = await seed.readFile('meta-data');
  const userData = await seed.readFile('user-data');
  let warnings = 0;
  if (metaData !== undefined && !/^["']?instance-id["']?\s*:/m.test(metaData.toString('latin1'))) {
    warnings += 1;
    log.warn('meta-data has no instance-id, so every such guest is instance "nocloud"', {
      file: `${seed.path}/meta-data`,
      cure: 'add a line "instance-id: NAME" or delete the file, then one is generated',
    });
  }
  if (userData !== undefined && !isKnownUserData(userData)) {
    warnings += 1;
    log.warn('user-data begins with no header that cloud-init knows, guests will ignore it', {
      file: `${seed.path}/user-data`,
      wanted: `${USER_DATA_HEADERS.join(', ')}, a MIME message or gzip`,
    });
  }
  return warnings;
}
