import { describe, expect, it } from 'vitest';
import { Claims } from '../../driver/claims.ts';
import type { TaskRecord } from '../../driver/task-record.ts';
import { readProcessIdentity } from '../../qemu/process-identity.ts';
import { buildVmFiles } from '../../qemu/vm-files.ts';

const MAC = '52:54:00:00:00:01';

function runningRecord(taskId: string, isAlive: boolean): TaskRecord {
  const self = readProcessIdentity(process.pid);
  if (self === undefined) throw new Error('this process has no identity');
  const qemu = isAlive ? self : { ...self, startTicks: 1 };
  return {
    version: 1,
    owner: 'vm',
    taskId,
    allocId: '0123456789',
    taskName: 'web',
    allocDir: '/alloc',
    hasLog: true,
    identity: 'default/web',
    macAddresses: [MAC],
    files: buildVmFiles({ stateRoot: '/state', runRoot: '/run' }, taskId),
    isGraceful: true,
    hasGuestAgent: true,
    onGuestPoweroff: 'exit',
    stage: {
      tag: 'running',
      wrapper: qemu,
      qemu,
      startedAt: new Date(0).toISOString(),
      phase: { tag: 'on' },
    },
  };
}

describe('Claims', () => {
  it('names the live VM that holds an address', () => {
    const registry = new Claims(() => [runningRecord('a', true)]);
    expect(registry.claim(runningRecord('b', true)).get(MAC)).toBe('task "web" of allocation 01234567');
  });

  it('ignores VMs that have ended, and the task itself', () => {
    expect(new Claims(() => [runningRecord('a', false)]).claim(runningRecord('b', true)).size).toBe(0);
    expect(new Claims(() => [runningRecord('a', true)]).claim(runningRecord('a', true)).size).toBe(0);
  });

  it('names the live VM that has a disk', () => {
    const record = { ...runningRecord('a', true), diskPath: '/disks/d.qcow2' };
    expect(new Claims(() => [record]).claim({ ...record, taskId: 'b' }).get('/disks/d.qcow2')).toBe(
      'task "web" of allocation 01234567',
    );
  });

  it('lets one of two simultaneous starts have an address, until it is released', () => {
    const registry = new Claims(() => []);
    expect(registry.claim(runningRecord('a', true)).has(MAC)).toBe(false);
    expect(registry.claim(runningRecord('b', true)).has(MAC)).toBe(true);
    registry.release('a');
    registry.release('b');
    expect(registry.claim(runningRecord('b', true)).has(MAC)).toBe(false);
  });
});
