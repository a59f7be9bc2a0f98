import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listCpuStats, readCpuThrottling } from '../../qemu/cpu-throttling.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cpu-stat-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('listCpuStats()', () => {
  it('finds the group of version 2', () => {
    expect(listCpuStats('0::/nomad.slice/share.slice/a.vm.scope\n', '/cg')).toEqual([
      '/cg/nomad.slice/share.slice/a.vm.scope/cpu.stat',
    ]);
  });

  it('finds the group of version 1, and not that of another controller', () => {
    expect(listCpuStats('5:cpuset:/nomad/share\n4:cpu,cpuacct:/nomad/a.vm\n', '/cg')).toEqual([
      '/cg/cpu/nomad/a.vm/cpu.stat',
      '/cg/cpu,cpuacct/nomad/a.vm/cpu.stat',
    ]);
  });
});

describe('readCpuThrottling()', () => {
  it.each([
    ['version 1', 'nr_periods 9\nnr_throttled 3\nthrottled_time 5000\n'],
    ['version 2', 'usage_usec 1\nnr_periods 9\nnr_throttled 3\nthrottled_usec 5\n'],
  ])('reads %s', (_version, text) => {
    const path = join(folder, 'cpu.stat');
    writeFileSync(path, text);
    expect(readCpuThrottling(path)).toEqual({ periods: 3, timeNs: 5_000 });
  });

  it('has no figures where there are none', () => {
    const path = join(folder, 'cpu.stat');
    writeFileSync(path, 'usage_usec 1\n');
    expect(readCpuThrottling(path)).toBeUndefined();
    expect(readCpuThrottling(join(folder, 'none'))).toBeUndefined();
  });
});
