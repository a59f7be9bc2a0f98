import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

describe('docs/security.md', () => {
  it('has each hostile input shown by a test of that name', () => {
    const folder = join(root, 'test/cloudinit-server');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const tests = files
      .filter(name => name.endsWith('.test.ts'))
      .map(name => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    const rows = readFileSync(join(root, 'docs/security.md'), 'utf8')
      .split('\n')
      .filter(line => line.startsWith('| '))
      .slice(2);
    expect(rows.length).toBeGreaterThan(10);
    const titles = rows.map(row => row.split('|').at(-2)?.trim() ?? '');
    expect(titles.filter(title => !tests.includes(`'${title}'`))).toEqual([]);
  });
});
