import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasOomKilled, openOomWatch } from '../../driver/oom-watch.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-oom-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

describe('hasOomKilled()', () => {
  it.each([
    ['memory.oom_control', (kills: number) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`],
    [
      'memory.events',
      (kills: number) => `low 0\nhigh 0\nmax 40\noom 1\noom_kill ${kills}\noom_group_kill 9\n`,
    ],
  ])('counts from the start on, in %s', (name, render) => {
    const path = join(dir, name);
    writeFileSync(path, render(2));
    const watch = openOomWatch(path);
    expect(hasOomKilled(watch)).toBe(false);
    writeFileSync(path, render(3));
    expect(hasOomKilled(watch)).toBe(true);
    rmSync(path);
    expect(hasOomKilled(watch)).toBe(false);
  });

  it('knows nothing where nobody counts', () => {
    expect(openOomWatch(undefined)).toBe(undefined);
    expect(openOomWatch(join(dir, 'absent'))).toBe(undefined);
    writeFileSync(join(dir, 'old'), 'oom_kill_disable 0\nunder_oom 0\n');
    expect(openOomWatch(join(dir, 'old'))).toBe(undefined);
    expect(hasOomKilled(undefined)).toBe(false);
  });
});
