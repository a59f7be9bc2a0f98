import { describe, expect, it } from 'vitest';
import { findEarlierStarts, findOrphans } from '../../driver/sweep.ts';
import type { TaskRecord } from '../../driver/task-record.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';

function record(taskId: string, owner: 'vm' | 'qemu', allocDir: string): TaskRecord {
  return {
    version: 1,
    owner,
    taskId,
    allocId: 'alloc',
    taskName: 'vm',
    allocDir,
    hasLog: true,
    identity: 'default/vm',
    macAddresses: [],
    files: buildVmFiles({ stateRoot: '/state', runRoot: '/run' }, taskId),
    isGraceful: true,
    hasGuestAgent: true,
    onGuestPoweroff: 'exit',
    stage: { tag: 'starting' },
  };
}

describe('findOrphans()', () => {
  it('takes only VMs of this plugin that nobody knows and whose allocation is gone', () => {
    const records = [
      record('orphan', 'vm', '/gone'),
      record('known', 'vm', '/gone'),
      record('not-recovered-yet', 'vm', '/alloc'),
      record('other-plugin', 'qemu', '/gone'),
    ];
    const orphans = findOrphans(
      records,
      'vm',
      id => id === 'known',
      path => path === '/alloc',
    );
    expect(orphans.map(orphan => orphan.taskId)).toEqual(['orphan']);
  });
});

describe('findEarlierStarts()', () => {
  it('takes only earlier starts of the very same task that nobody looks after', () => {
    const records = [
      record('alloc/vm/1', 'vm', '/alloc'),
      record('alloc/vm/2', 'vm', '/alloc'),
      record('alloc/vm/3', 'vm', '/alloc'),
      { ...record('alloc/other/1', 'vm', '/alloc'), taskName: 'other' },
      { ...record('elsewhere/vm/1', 'vm', '/alloc'), allocId: 'elsewhere' },
      record('alloc/vm/4', 'qemu', '/alloc'),
    ];
    const request = { id: 'alloc/vm/3', allocId: 'alloc', taskName: 'vm' };
    const earlier = findEarlierStarts(records, request, 'vm', id => id === 'alloc/vm/2');
    expect(earlier.map(({ taskId }) => taskId)).toEqual(['alloc/vm/1']);
  });
});
