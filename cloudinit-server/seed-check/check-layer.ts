import { createHash } from 'node:crypto';
import { SeedError } from '../errors.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import type { SeedLayer } from '../seed-store.ts';
import type { Finding } from '../validate/finding.ts';
import { loadSchemas } from '../validate/load-schemas.ts';

/** Bytes of a file that is checked while guests may be waiting; `nomad-vm check` takes larger ones too. */
const MAX_CHECKED_BYTES = 64 * 1024;

/** What is wrong with a folder of files. */
export interface CheckedLayer {
  /** Changes with the content of its files, with why they cannot be read, and with the guest's cloud-init. */
  readonly digest: string;
  /** How many of the four files it has. */
  readonly files: number;
  readonly unreadable: readonly SeedError[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a folder's files and judges them.
 *
 * @param knownDigest of the last check
 * @param guestVersion see `ValidateSeedOptions`
 * @returns undefined when nothing has changed since then
 */
export async function checkLayer(
  layer: SeedLayer,
  knownDigest: string | undefined,
  guestVersion: string | undefined,
): Promise<CheckedLayer | undefined> {
  const contents: Partial<Record<SeedFile, Buffer>> = {};
  const unreadable: SeedError[] = [];
  const hash = createHash('sha256').update(`${guestVersion}\n`);
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
  const digest = hash.digest('base64');
  if (digest === knownDigest) return undefined;
  return {
    digest,
    files: Object.keys(contents).length,
    unreadable,
    findings: await judge(contents, guestVersion),
  };
}

async function judge(
  contents: Readonly<Partial<Record<SeedFile, Buffer>>>,
  guestVersion: string | undefined,
): Promise<readonly Finding[]> {
  const small = Object.entries(contents).filter(([, body]) => body.length <= MAX_CHECKED_BYTES);
  if (small.length === 0) return [];
  // Loaded when the first seed needs it: a server without seeds has no use for schemas.
  const { validateSeed } = await import('../validate/validate-seed.ts');
  return validateSeed(Object.fromEntries(small), { schemas: await loadSchemas(), guestVersion });
}
