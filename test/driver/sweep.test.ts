import { describe, expect, it } from 'vitest';
import { findOrphans } from '../../driver/sweep.ts';
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
