import { collectProblems, describeValue, readObject, reportUnknown } from '../registration/field-reader.ts';
import { readOwnFiles } from '../registration/read-own-files.ts';
import type { SeedLayer } from '../seed-store.ts';
import type { OwnFiles } from '../state/registration-table.ts';

/** A draft that was read, or all that is wrong with it in one sentence. */
export type ParsedDraft =
  | { readonly kind: 'parsed'; readonly files: OwnFiles }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Reads the body of a request that brings files which are not saved yet: `{ "files": { "user-data": "…" } }`. */
export function parseDraft(body: unknown): ParsedDraft {
  const { problems, report } = collectProblems();
  const fields = readObject(body);
  if (fields === undefined) {
    return { kind: 'invalid', reason: `the body is ${describeValue(body)}, wanted an object with "files"` };
  }
  reportUnknown(fields, ['files'], report);
  const files = readOwnFiles(fields['files'], report);
  if (files !== undefined && problems.length === 0) return { kind: 'parsed', files };
  return { kind: 'invalid', reason: problems.map(({ path, message }) => `${path} ${message}`).join('; ') };
}

/** A seed as it would be if these files were saved. */
export function withDraft(seed: SeedLayer, files: OwnFiles): SeedLayer {
  return {
    path: seed.path,
    readFile: async file => {
      const text = files[file];
      return text === undefined ? seed.readFile(file) : Buffer.from(text);
    },
  };
}
