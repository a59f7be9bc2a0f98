import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyCgroups, planCgroups } from '../../driver/cgroup.ts';
import { taskRequest } from './task-request-example.ts';

const limits = { memoryLimitBytes: 1024 };

describe('planCgroups()', () => {
  it('uses the one group of version 2 for every limit', () => {
    const path = '/sys/fs/cgroup/nomad.slice/share.slice/a.vm.scope';
    const plan = planCgroups(taskRequest({ resources: { cpusetCgroup: path, cpuMhz: 1000 } }), limits);
    expect(plan.procsPaths).toEqual([`${path}/cgroup.procs`]);
    expect(plan.writes).toEqual([
      { path: `${path}/memory.max`, value: '1024' },
      { path: `${path}/cpu.weight`, value: '39' },
    ]);
  });

  it('joins one group a controller of version 1, and fills a reserved cpuset first', () => {
    const cpusetCgroup = '/sys/fs/cgroup/cpuset/nomad/reserve/a.vm';
    const request = taskRequest({
      allocId: 'a',
      resources: { cpusetCgroup, cpusetCpus: '2-3', cpuMhz: 1000 },
    });
    const plan = planCgroups(request, limits);
    expect(plan.writes[0]).toEqual({ path: `${cpusetCgroup}/cpuset.cpus`, value: '2-3' });
    expect(plan.writes).toContainEqual({
      path: '/sys/fs/cgroup/memory/nomad/a.vm/memory.limit_in_bytes',
      value: '1024',
    });
    expect(plan.procsPaths).toEqual([
      `${cpusetCgroup}/cgroup.procs`,
      '/sys/fs/cgroup/freezer/nomad/a.vm/cgroup.procs',
      '/sys/fs/cgroup/cpu/nomad/a.vm/cgroup.procs',
      '/sys/fs/cgroup/memory/nomad/a.vm/cgroup.procs',
    ]);
  });

  it('does nothing when the agent made no group', () => {
    expect(planCgroups(taskRequest({}), limits)).toEqual({ writes: [], procsPaths: [] });
  });
});

describe('applyCgroups()', () => {
  it('writes what exists, skips what does not, and says which groups can be joined', () => {
    const dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-cgroup-'));
    try {
      writeFileSync(join(dir, 'cgroup.procs'), '');
      const plan = {
        writes: [
          { path: join(dir, 'cpu.weight'), value: '5' },
          { path: join(dir, 'absent/memory.max'), value: '1' },
        ],
        procsPaths: [join(dir, 'cgroup.procs'), join(dir, 'absent/cgroup.procs')],
      };
      expect(applyCgroups(plan, () => undefined)).toEqual([join(dir, 'cgroup.procs')]);
      expect(readFileSync(join(dir, 'cpu.weight'), 'utf8')).toBe('5');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
