import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { addUsages, findDescendants, NO_USAGE, parseRollup, parseStat, readUsage } from './process-usage.ts';

describe('parseStat()', () => {
  it('adds up the times of the process and its ended children, whatever its name', () => {
    const stat = '42 (a b) c) S 1 42 42 0 -1 4194304 9 8 7 6 100 20 3 4 20 0 11 0 5000 1000 200 18446744';
    expect(parseStat(stat)).toEqual({ cpuMs: 1270, threads: 11 });
  });

  it('refuses what is no such line', () => {
    expect(() => parseStat('nothing')).toThrow('Cannot read CPU time');
  });
});

describe('parseRollup()', () => {
  const rollup =
    '55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:   5000 kB\nPss:    1200 kB\nPss_Dirty: 7 kB\n';

  it('reads resident and proportional memory', () => {
    expect(parseRollup(rollup)).toEqual({ rssKib: 5000, pssKib: 1200 });
  });

  it('refuses a text without them', () => {
    expect(() => parseRollup('Rss: 1 kB\n')).toThrow('Cannot find "Pss"');
  });
});

describe('readUsage()', () => {
  it('reads what this very process uses', async () => {
    const usage = await readUsage(process.pid);
    expect(usage.rssKib * 1024).toBeGreaterThan(1_000_000);
    expect(usage.threads).toBeGreaterThan(1);
    expect(usage.openFiles).toBeGreaterThan(2);
  });

  it('fails where there is no such process', async () => {
    await expect(readUsage(2 ** 22 + 1)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('addUsages()', () => {
  it('adds field by field', () => {
    const one = { ...NO_USAGE, processes: 1, pssKib: 5 };
    expect(addUsages([one, one, { ...one, threads: 2 }])).toEqual({
      ...NO_USAGE,
      processes: 3,
      pssKib: 15,
      threads: 2,
    });
  });
});

describe('findDescendants()', () => {
  it('finds children and grandchildren', async () => {
    const child = spawn('sh', ['-c', 'sh -c "echo \\$\\$; read -r line; :"; :'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    expect(await findDescendants(process.pid)).toEqual(expect.arrayContaining([child.pid, Number(said)]));
    child.stdin.end();
    await once(child, 'exit');
  });
});
