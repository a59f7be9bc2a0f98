import { describe, expect, it } from 'vitest';
import type { IdleCost } from './idle.ts';
import { judgeIdle } from './idle-verdict.ts';
import { NO_USAGE } from './process-usage.ts';

const usage = { ...NO_USAGE, processes: 1, openFiles: 40 };
const quiet: IdleCost = { name: 'plugin', vms: 10, cpuPercent: 2, before: usage, after: usage };
const judge = (changes: Partial<IdleCost>) => judgeIdle({ costs: [{ ...quiet, ...changes }], lost: 0 });

describe('judgeIdle()', () => {
  it('finds nothing where nothing happens', () => {
    expect(judge({})).toEqual([]);
  });

  it('measures CPU time by the VM', () => {
    expect(judge({ cpuPercent: 6 })).toEqual(['plugin: 0.60 % of a core for each VM, 0.5 % are allowed']);
    expect(judge({ vms: 0, cpuPercent: 0.6 })).toHaveLength(1);
  });

  it('finds files that stay open, but for those of a question that is being answered', () => {
    expect(judge({ after: { ...usage, openFiles: 42 } })).toEqual([]);
    expect(judge({ after: { ...usage, openFiles: 43 } })).toEqual(['plugin: open files grew from 40 to 43']);
  });

  it('finds processes that were started and stay', () => {
    expect(judge({ after: { ...usage, processes: 2 } })).toEqual(['plugin: processes grew from 1 to 2']);
  });

  it('leaves what guests do to them', () => {
    expect(judge({ name: 'emulators', cpuPercent: 90 })).toEqual([]);
  });

  it('counts VMs that ended', () => {
    expect(judgeIdle({ costs: [quiet], lost: 2 })).toEqual(['2 VMs ended meanwhile']);
  });
});
