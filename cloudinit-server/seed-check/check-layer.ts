import { createHash, type Hash } from 'node:crypto';
import { SeedError } from '../errors.ts';
import { renderGivenByPath } from '../render/render-given.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import { isDefaultsPath } from '../seed-path.ts';
import type { SeedLayer, SeedStore } from '../seed-store.ts';
import type { Finding } from '../validate/finding.ts';
import { loadSchemas } from '../validate/load-schemas.ts';

/** Bytes of a file that is checked while guests may be waiting; `nomad-vm check` takes larger ones too. */
export const MAX_CHECKED_BYTES = 64 * 1024;

/** What is wrong with a folder of files. */
export interface CheckedLayer {
  /** Changes with the content of its files, with why they cannot be read, and with the guest's cloud-init. */
  readonly digest: string;
  /** How many of the four files it has. */
  readonly files: number;
  readonly unreadable: readonly SeedError[];
  readonly findings: readonly Finding[];
}

/** What a folder is judged by, beside its own files. */
export interface CheckLayerOptions {
  /** Where what goes under a seed's files comes from. */
  readonly store: Pick<SeedStore, 'findDefaults'>;
  /** See `ValidateSeedOptions`. */
  readonly guestVersion: string | undefined;
}

/**
 * Reads a folder's files and judges them.
 *
 * @param knownDigest of the last check
 * @returns undefined when nothing has changed since then, nor what goes under the files
 */
export async function checkLayer(
  layer: SeedLayer,
  knownDigest: string | undefined,
  { store, guestVersion }: CheckLayerOptions,
): Promise<CheckedLayer | undefined> {
  const isShared = isDefaultsPath(layer.path);
  const hash = createHash('sha256').update(`${guestVersion}\n`);
  const { contents, unreadable } = await readFiles(layer, hash);
  for (const defaults of isShared ? [] : await store.findDefaults(layer.path)) {
    hash.update(`${defaults.path}\n`);
    await readFiles(defaults, hash);
  }
  const digest = hash.digest('base64');
  if (digest === knownDigest) return undefined;
  const small = Object.entries(contents).filter(([, body]) => body.length <= MAX_CHECKED_BYTES);
  const judge = async () => {
    // Loaded when the first seed needs it: a server without seeds has no use for schemas.
    const { validateSeed } = await import('../validate/validate-seed.ts');
    const given = isShared ? undefined : await renderGivenByPath(layer, store);
    const schemas = await loadSchemas();
    return validateSeed(Object.fromEntries(small), { schemas, guestVersion, given, isShared });
  };
  const findings = small.length === 0 ? [] : await judge();
  return { digest, files: Object.keys(contents).length, unreadable, findings };
}

async function readFiles(layer: SeedLayer, hash: Hash) {
  const contents: Partial<Record<SeedFile, Buffer>> = {};
  const unreadable: SeedError[] = [];
  for (const file of SEED_FILES) {
    try {
      const body = await layer.readFile(file);
      hash.update(`${file} ${body?.length ?? 'none'}\n`).update(body ?? '');
      if (body !== undefined) contents[file] = body;
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      hash.update(`${file} ${error.message}\n`);
      unreadable.push(error);
    }
  }
  return { contents, unreadable };
}
