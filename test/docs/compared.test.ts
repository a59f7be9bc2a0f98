import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './documents.ts';
import { isNamedTestThere, listNamedTests } from './named-tests.ts';

const markdown = readFileSync(join(ROOT, 'docs', 'compared.md'), 'utf8');
const [, features = '', claims = '', troubles = ''] =
  /## Feature by feature\n(.*?)\n## What shows it\n(.*?)\n## What people run into\n(.*)/s.exec(markdown) ??
  [];

function countRows(text: string): number {
  return text.split('\n').filter(line => line.startsWith('| ')).length - 2;
}

describe('docs/compared.md', () => {
  it.each([
    ['what shows it', claims, 50],
    ['what people run into', troubles, 15],
  ])('has a test for each line of %s', (_name, text, atLeast) => {
    const named = listNamedTests(text);
    expect(named.length).toBeGreaterThan(atLeast);
    expect(named).toHaveLength(countRows(text));
    expect(named.filter(test => !isNamedTestThere(test))).toEqual([]);
  });

  it('compares each feature of the table that it was made for', () => {
    expect(countRows(features)).toBe(16);
  });
});
