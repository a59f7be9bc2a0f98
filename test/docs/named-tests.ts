import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './documents.ts';

/** A test that a document names in the last two cells of a table's row. */
export interface NamedTest {
  /** Below `test`, with slashes. */
  readonly file: string;
  readonly title: string;
}

/** The tests that a text names, row by row. */
export function listNamedTests(text: string): readonly NamedTest[] {
  return [...text.matchAll(/^\|.*\| `([^`]+)` +\|([^|]+)\|$/gm)].map(([, file = '', title = '']) => ({
    file,
    title: title.trim(),
  }));
}

/** Whether there is such a test in that file. */
export function isNamedTestThere({ file, title }: NamedTest): boolean {
  const path = join(ROOT, 'test', file);
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  return [`'${title}'`, `"${title}"`].some(quoted => text.includes(quoted));
}
