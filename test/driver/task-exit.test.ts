import { describe, expect, it } from 'vitest';
import { describeVmExit, taskExitFromVm } from '../../driver/task-exit.ts';

describe('taskExitFromVm()', () => {
  it('is a success only for exit code 0', () => {
    expect(taskExitFromVm({ kind: 'exited', exitCode: 0 })).toEqual({
      exitCode: 0,
      signal: 0,
      isOomKilled: false,
    });
    expect(taskExitFromVm({ kind: 'exited', exitCode: 3 }).exitCode).toBe(3);
  });

  it('reports a signal as 128 + signal, and as the signal', () => {
    expect(taskExitFromVm({ kind: 'killed', signal: 9 })).toMatchObject({ exitCode: 137, signal: 9 });
  });

  it('never takes an end that nobody saw for a success', () => {
    expect(taskExitFromVm({ kind: 'unrecorded' }).exitCode).not.toBe(0);
  });
});

describe('describeVmExit()', () => {
  it('gives the reason in words a person uses', () => {
    expect(describeVmExit({ kind: 'exited', exitCode: 0 }, 'guest-shutdown')).toBe(
      'VM ended: the guest powered off',
    );
    expect(describeVmExit({ kind: 'killed', signal: 9 }, undefined)).toContain('signal 9');
  });
});
