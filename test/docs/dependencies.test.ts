import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './documents.ts';

type Names = Readonly<Record<string, string>>;

const markdown = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8');
// package.json is ours.
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Names;
  devDependencies: Names;
};

/** The first cells of the table under a heading. */
function listRows(heading: string): readonly string[] {
  const section = markdown.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` +\| \S/gm)].map(([, name = '']) => name);
}

describe('docs/dependencies.md', () => {
  it('defends what the executable holds, and nothing else', () => {
    expect(listRows('In the executable')).toEqual(Object.keys(dependencies));
  });

  it('defends what development needs, and nothing else', () => {
    expect(listRows('For development only')).toEqual(Object.keys(devDependencies));
  });
});
