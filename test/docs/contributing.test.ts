import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const markdown = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** File and title of each row that names a test. */
function listNamedTests(): readonly (readonly [file: string, title: string])[] {
  const section = markdown.split('\n## ').find(text => text.startsWith('What must not break it')) ?? '';
  return [...section.matchAll(/^\|[^|]+\| `([^`]+)` +\|(.+)\|$/gm)].map(([, file = '', title = '']) => [
    file,
    title.trim(),
  ]);
}

describe('CONTRIBUTING.md', () => {
  it('names tests that exist for all that must not break it', () => {
    const named = listNamedTests();
    expect(named.length).toBeGreaterThan(15);
    const missing = named.filter(([file, title]) => {
      const path = join(root, 'test', file);
      return !existsSync(path) || !readFileSync(path, 'utf8').includes(`'${title}'`);
    });
    expect(missing).toEqual([]);
  });
});
