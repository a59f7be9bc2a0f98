import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'demo-test-'));
  mkdirSync(join(clone, 'scripts'));
  copyFileSync(join(root, 'scripts/demo.sh'), join(clone, 'scripts/demo.sh'));
});
afterEach(() => {
  rmSync(clone, { recursive: true });
});

describe('npm run demo', () => {
  it.each(['--help', '-h'])('prints its help by %s where nothing is set up, and sets up nothing', option => {
    const args = [join(clone, 'scripts/demo.sh'), '--once', option];
    const help = execFileSync('/bin/sh', args, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
    expect(help).toMatch(/^npm run demo \[-- OPTIONS\]\n/);
    expect(help).toContain('--job FILE');
    expect(readdirSync(clone)).toEqual(['scripts']);
  });
});
