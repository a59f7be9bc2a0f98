import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import {
  isProcessAlive,
  parseProcessStat,
  readProcessAgeMs,
  readProcessIdentity,
  signalProcess,
} from '../../qemu/process-identity.ts';

describe('parseProcessStat()', () => {
  it('is not misled by blanks and brackets in the name', () => {
    const stat = `7 (a) S (b) R 1 ${Array.from({ length: 17 }, () => '0').join(' ')} 4242 0`;
    expect(parseProcessStat(stat)).toEqual({ state: 'R', startTicks: 4242 });
  });

  it('refuses a line that has no start time', () => {
    expect(() => parseProcessStat('7 (a) R 1')).toThrow(RangeError);
  });
});

describe('isProcessAlive()', () => {
  it('is true for this very process only', () => {
    const self = readProcessIdentity(process.pid);
    if (self === undefined) throw new Error('this process has no identity');
    expect(isProcessAlive(self)).toBe(true);
    expect(isProcessAlive({ ...self, startTicks: self.startTicks - 1 })).toBe(false);
    expect(isProcessAlive({ ...self, bootId: 'another boot' })).toBe(false);
  });
});

describe('readProcessAgeMs()', () => {
  it('is the age by a clock that nobody sets, whatever time it is', () => {
    const self = readProcessIdentity(process.pid);
    if (self === undefined) throw new Error('this process has no identity');
    vi.setSystemTime(new Date('1970-01-01'));
    try {
      // /proc counts in hundredths of a second.
      expect(Math.abs(readProcessAgeMs(self) - process.uptime() * 1000)).toBeLessThan(5_000);
      expect(readProcessAgeMs({ ...self, startTicks: self.startTicks + 1e9 })).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('signalProcess()', () => {
  it('ends that process, and nothing once it is gone', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = readProcessIdentity(child.pid ?? 0);
    if (identity === undefined) throw new Error('the child has no identity');
    const exited = once(child, 'exit');
    expect(signalProcess(identity, 'SIGKILL')).toBe(true);
    await exited;
    expect(signalProcess(identity, 'SIGKILL')).toBe(false);
  });

  it('leaves a process alone that took over the pid', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = readProcessIdentity(child.pid ?? 0);
    if (identity === undefined) throw new Error('the child has no identity');
    expect(signalProcess({ ...identity, startTicks: identity.startTicks + 1 }, 'SIGKILL')).toBe(false);
    child.kill('SIGKILL');
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
  });
});
