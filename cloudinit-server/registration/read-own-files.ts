import { MAX_SEED_FILE_BYTES } from '../read-seed-file.ts';
import { isSeedFile, SEED_FILES } from '../seed-files.ts';
import type { OwnFiles } from '../state/registration-table.ts';
import { describeValue, type Report, readObject } from './field-reader.ts';

/** Reads a field `files`: files of a seed as texts by name. @returns what is right of it; undefined when it is no object */
export function readOwnFiles(value: unknown, report: Report): OwnFiles | undefined {
  const fields = readObject(value);
  if (fields === undefined) return report('files', `is ${describeValue(value)}, wanted an object`);
  const files: OwnFiles = Object.fromEntries(
    Object.entries(fields).filter(([file, text]) => isSeedFile(file) && isFileText(text)),
  );
  for (const [file, text] of Object.entries(fields)) {
    if (!isSeedFile(file))
      report('files', `has ${describeValue(file)}, wanted only ${SEED_FILES.join(', ')}`);
    else if (!isFileText(text)) {
      const found = typeof text === 'string' ? 'too large, or no Unicode' : describeValue(text);
      report(`files.${file}`, `is ${found}, wanted a text of at most ${MAX_SEED_FILE_BYTES} bytes`);
    }
  }
  return files;
}

function isFileText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed() && Buffer.byteLength(value) <= MAX_SEED_FILE_BYTES;
}
