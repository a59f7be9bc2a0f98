import { describe, expect, it } from 'vitest';
import { findOrphans, isEarlierStart } from '../../driver/sweep.ts';
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

describe('isEarlierStart()', () => {
  it('takes only other starts of the very same task', () => {
    const wanted = { taskId: 'alloc/vm/2', allocId: 'alloc', taskName: 'vm' };
    expect(isEarlierStart(record('alloc/vm/1', 'vm', '/alloc'), wanted)).toBe(true);
    expect(isEarlierStart(record('alloc/vm/2', 'vm', '/alloc'), wanted)).toBe(false);
    expect(isEarlierStart({ ...wanted, taskId: 'alloc/other/1', taskName: 'other' }, wanted)).toBe(false);
    expect(isEarlierStart({ ...wanted, taskId: 'elsewhere/vm/1', allocId: 'elsewhere' }, wanted)).toBe(false);
  });
});
