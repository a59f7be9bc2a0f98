import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './documents.ts';
import { isNamedTestThere, listNamedTests } from './named-tests.ts';

const markdown = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const section = markdown.split('\n## ').find(text => text.startsWith('What must not break it')) ?? '';

describe('CONTRIBUTING.md', () => {
  it('names tests that exist for all that must not break it', () => {
    const named = listNamedTests(section);
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter(test => !isNamedTestThere(test))).toEqual([]);
  });
});
