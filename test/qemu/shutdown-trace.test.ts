import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseShutdownRecord, readShutdownRecord } from '../../qemu/shutdown-trace.ts';

// As qemu 7.2 wrote them.
const start = 'runstate_set current_run_state 6 (prelaunch) new_state 9 (running)\n';
const request = (reason: number) => `qemu_system_shutdown_request reason=${reason}\n`;
const state = (name: string) => `runstate_set current_run_state 9 (running) new_state 14 (${name})\n`;

describe('parseShutdownRecord()', () => {
  it.each([
    ['a guest that powers off', `${start}${request(6)}${state('shutdown')}`, 'guest-shutdown'],
    ['a guest that panics', `${start}${request(8)}${state('shutdown')}`, 'guest-panic'],
    ['a qemu that is told to quit', `${start}${request(2)}${state('shutdown')}`, 'host-qmp-quit'],
    ['a guest that was off', `${start}${request(6)}${state('shutdown')}${request(2)}`, 'guest-shutdown'],
    ['a guest that had panicked', `${start}${state('guest-panicked')}${request(2)}`, 'guest-panic'],
    ['a guest that KVM gave up', `${start}${state('internal-error')}${request(2)}`, 'internal-error'],
    [
      'a guest that was switched on again',
      `${start}${request(6)}${state('shutdown')}${state('prelaunch')}${state('running')}${request(2)}`,
      'host-qmp-quit',
    ],
    [
      'a prefix of time and process',
      `19@1700000000.000001:${request(6)}19@1700000000.000002:${state('shutdown')}`,
      'guest-shutdown',
    ],
  ])('knows %s', (_name, trace, cause) => {
    expect(parseShutdownRecord(trace, '')).toEqual({ cause });
  });

  it('knows the signal that told qemu to end', () => {
    const log = 'qemu-system-x86_64: terminating on signal 15 from pid 10939 (systemd)\n';
    expect(parseShutdownRecord(`${start}${state('shutdown')}`, log)).toEqual({
      cause: 'host-signal',
      signal: 15,
    });
  });

  it('knows nothing of a qemu that recorded nothing', () => {
    expect(parseShutdownRecord('', '')).toBe(undefined);
    expect(parseShutdownRecord(start, '')).toBe(undefined);
    expect(parseShutdownRecord(request(99), '')).toBe(undefined);
  });
});

describe('readShutdownRecord()', () => {
  it('reads the end of a long trace, and takes absent files for empty ones', () => {
    const dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-trace-'));
    const files = { shutdownTrace: join(dir, 'trace'), qemuLog: join(dir, 'absent') };
    try {
      expect(readShutdownRecord(files)).toBe(undefined);
      expect(readShutdownRecord(files, 'guest-shutdown')).toEqual({ cause: 'guest-shutdown' });
      expect(readShutdownRecord(files, 'boredom')).toBe(undefined);
      writeFileSync(files.shutdownTrace, `${start.repeat(1_000)}${request(8)}`);
      expect(readShutdownRecord(files, 'host-qmp-quit')).toEqual({ cause: 'guest-panic' });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
