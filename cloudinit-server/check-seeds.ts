import { SeedError } from './errors.ts';
import { SEED_FILES, type SeedFile } from './seed-files.ts';
import type { Seed, SeedStore } from './seed-store.ts';
import type { ServerLog } from './server-log.ts';
import type { Finding } from './validate/finding.ts';
import { loadSchemas } from './validate/load-schemas.ts';
import { RULE_TITLES } from './validate/rule-titles.ts';

/** What to look at, and how long at most. */
export interface CheckSeedsOptions {
  readonly store: SeedStore;
  readonly log: ServerLog;
  readonly signal: AbortSignal;
}

/** Lines that one seed may add to the log, and all seeds together: the log is for more than this. */
const MAX_LINES_OF_SEED = 5;
const MAX_LINES = 100;

/** Bytes of a file that is checked while guests may be waiting; `nomad-vm check` takes larger ones too. */
const MAX_CHECKED_BYTES = 64 * 1024;

/**
 * Looks at every seed once and warns in the log about what a guest would ignore or not get. Serving goes on: the
 * author may be about to repair it, and a guest that gets nothing is worse off.
 *
 * The log names file, line and rule, never what is written there; `nomad-vm check` tells the rest.
 */
export async function checkSeeds(options: CheckSeedsOptions): Promise<void> {
  const { store, log, signal } = options;
  let seeds = 0;
  let warnings = 0;
  let lines = 0;
  const report = (problem: SeedError) => {
    warnings += 1;
    log.error('seed not readable', { code: problem.code, reason: problem.message });
  };
  for await (const seed of store.listSeeds(report)) {
    if (signal.aborted) return;
    seeds += 1;
    const errors = await findErrors(seed, report);
    warnings += errors.length;
    for (const finding of errors.slice(0, Math.min(MAX_LINES_OF_SEED, MAX_LINES - lines))) {
      lines += 1;
      log.warn('seed has an error', describe(seed, finding));
    }
  }
  log.info('seeds checked', { seeds, warnings });
}

async function findErrors(seed: Seed, report: (problem: SeedError) => void): Promise<readonly Finding[]> {
  const files: Partial<Record<SeedFile, Buffer>> = {};
  for (const file of SEED_FILES) {
    try {
      const content = await seed.readFile(file);
      if (content !== undefined && content.length <= MAX_CHECKED_BYTES) files[file] = content;
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      report(error);
    }
  }
  if (Object.keys(files).length === 0) return [];
  // Loaded when the first seed needs it: a server without seeds has no use for schemas.
  const { validateSeed } = await import('./validate/validate-seed.ts');
  const findings = validateSeed(files, { schemas: await loadSchemas() });
  return findings.filter(finding => finding.severity === 'error');
}

function describe(seed: Seed, { file, line, column, rule }: Finding) {
  return {
    file: `${seed.path}/${file}`,
    line,
    column,
    rule,
    reason: RULE_TITLES[rule],
    cure: 'run "nomad-vm check" on the seeds folder, which says what to write instead',
  };
}
