import { SeedError } from '../errors.ts';
import { renderGiven } from '../render/render-given.ts';
import type { RenderTarget } from '../render/render-target.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import type { SeedStore } from '../seed-store.ts';
import type { Finding } from '../validate/finding.ts';
import { loadSchemas } from '../validate/load-schemas.ts';
import { MAX_CHECKED_BYTES } from './check-layer.ts';

/** What a VM's files are judged by, beside themselves. */
export interface JudgeTargetOptions {
  /** Where what goes under them comes from. */
  readonly store: Pick<SeedStore, 'findDefaults'>;
  /** See `ValidateSeedOptions`. */
  readonly guestVersion: string | undefined;
}

/**
 * What is wrong with a VM's own files, wherever they come from, as `nomad-vm check` would say. A file that cannot be
 * read is left out: who serves or shows it tells so.
 */
export async function judgeTarget(
  target: Pick<RenderTarget, 'seed' | 'vm'>,
  { store, guestVersion }: JudgeTargetOptions,
): Promise<readonly Finding[]> {
  const contents: Partial<Record<SeedFile, Buffer>> = {};
  for (const file of SEED_FILES) {
    const content = await readIfPossible(target.seed, file);
    if (content !== undefined && content.length <= MAX_CHECKED_BYTES) contents[file] = content;
  }
  if (Object.keys(contents).length === 0) return [];
  // Loaded when the first VM needs it: who judges nothing has no use for it.
  const { validateSeed } = await import('../validate/validate-seed.ts');
  const given = await renderGiven(target, store);
  const isRegistered = target.vm.registered !== undefined;
  return validateSeed(contents, { schemas: await loadSchemas(), guestVersion, given, isRegistered });
}

async function readIfPossible(seed: RenderTarget['seed'], file: SeedFile): Promise<Buffer | undefined> {
  try {
    return await seed.readFile(file);
  } catch (error) {
    if (error instanceof SeedError) return undefined;
    throw error;
  }
}
