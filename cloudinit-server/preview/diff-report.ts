import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import { createNumberingRedactor } from '../redact/redactor.ts';
import type { SeedFile } from '../seed-files.ts';
import type { ServedFile } from '../state/served-table.ts';

/** What would change for a VM, in JSON's names. */
export interface DiffReport {
  readonly vm: string;
  readonly files: readonly FileDiff[];
}

/** One file, as it is now beside what the VM last got. */
export interface FileDiff {
  readonly file: SeedFile;
  readonly state: 'same' | 'changed' | 'never-served';
  /** When the VM first got what it last got; null when it never did. */
  readonly served_at: string | null;
  /** A unified diff; empty when the file is the same, null when the two are too different to compare. */
  readonly diff: string | null;
}

/** Lines that may differ; more take long to compare, and nobody reads them. */
const MAX_CHANGED_LINES = 2000;

/** Compares a file with what a VM last got. Secrets are numbers: that one has changed can be seen, and no more. */
export function diffFile(file: SeedFile, served: ServedFile | undefined, body: Buffer): FileDiff {
  const served_at = served === undefined ? null : new Date(served.since).toISOString();
  if (served?.body.equals(body)) return { file, state: 'same', served_at, diff: '' };
  const redact = createNumberingRedactor();
  const before = served === undefined ? '' : redact(served.body);
  const patch = structuredPatch(
    served === undefined ? '/dev/null' : `${file} as served`,
    `${file} now`,
    before,
    redact(body),
    served_at ?? undefined,
    undefined,
    { context: 3, maxEditLength: MAX_CHANGED_LINES },
  );
  const diff = patch === undefined ? null : formatPatch(patch, FILE_HEADERS_ONLY);
  return { file, state: served === undefined ? 'never-served' : 'changed', served_at, diff };
}
