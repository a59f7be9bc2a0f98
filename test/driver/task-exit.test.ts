import { describe, expect, it } from 'vitest';
import { EXIT_CODES, type ExitFacts, endingOf } from '../../driver/task-exit.ts';
import type { StopCause, StoppingPhase } from '../../driver/task-state.ts';

const since = '2026-01-01T00:00:00.000Z';
const endedAtMs = 5_500;

/** A VM of which qemu exited with 0 while it ran, and what a case has different. */
function facts(changes: Partial<ExitFacts>): ExitFacts {
  return {
    vmExit: { kind: 'exited', exitCode: 0 },
    shutdown: undefined,
    phase: { tag: 'on' },
    hasOomKilled: false,
    endedAtMs,
    ...changes,
  };
}

function stopping(...tried: StoppingPhase['tried']): StoppingPhase {
  return { tag: 'stopping', sinceMs: 4_000, deadlineMs: 1_500, wasOff: false, tried };
}

const ending = (why: 'guest-shutdown' | 'guest-panic' | 'internal-error' | 'destroyed') =>
  ({ tag: 'ending', since, why }) as const;

const killedBy = (signal: number) => ({ kind: 'killed', signal }) as const;

const FAILED: StopCause = { code: 'cloud-init-failed', text: 'cloud-init failed in module x after 3 s' };

describe('endingOf()', () => {
  it.each<[string, Partial<ExitFacts>, number, number, string]>([
    ['power off', { shutdown: { cause: 'guest-shutdown' } }, 0, 0, 'the guest powered off'],
    ['power off, ended by us', { phase: ending('guest-shutdown') }, 0, 0, 'the guest powered off'],
    ['reboot with -no-reboot', { shutdown: { cause: 'guest-reset' } }, 0, 0, 'the guest rebooted'],
    ['panic', { shutdown: { cause: 'guest-panic' } }, 100, 0, 'the guest kernel panicked'],
    ['panic, ended by us', { phase: ending('guest-panic') }, 100, 0, 'the guest kernel panicked'],
    [
      'panic while it is stopped',
      { shutdown: { cause: 'guest-panic' }, phase: stopping('guest-agent') },
      100,
      0,
      'the guest kernel panicked',
    ],
    ['KVM gives up', { phase: ending('internal-error') }, 102, 0, 'internal error'],
    ['host rebooted', { vmExit: { kind: 'host-rebooted' } }, 104, 0, 'the host was rebooted'],
    ['unrecorded', { vmExit: { kind: 'unrecorded' } }, 106, 0, 'nobody recorded how'],
    ['qemu fails', { vmExit: { kind: 'exited', exitCode: 3 } }, 3, 0, 'qemu exited with 3'],
    ['no reason', {}, 0, 0, 'qemu exited with 0'],
    ['told to quit', { shutdown: { cause: 'host-qmp-quit' } }, 0, 0, 'somebody told qemu to quit'],
    [
      'told by a signal',
      { shutdown: { cause: 'host-signal', signal: 2 } },
      130,
      2,
      'told qemu to end by signal 2 (SIGINT)',
    ],
    ['a failing host', { shutdown: { cause: 'host-error' } }, 1, 0, 'error of the host'],
    ['a crash', { vmExit: killedBy(11) }, 139, 11, 'qemu crashed by signal 11 (SIGSEGV)'],
    ['a kill', { vmExit: killedBy(9) }, 137, 9, 'qemu was killed by signal 9 (SIGKILL)'],
    ['a crash while others were killed', { vmExit: killedBy(11), hasOomKilled: true }, 139, 11, 'crashed'],
    ['a strange signal', { vmExit: killedBy(40) }, 168, 40, 'qemu was killed by signal 40'],
    ['destroyed', { vmExit: { kind: 'unrecorded' }, phase: ending('destroyed') }, 137, 9, 'destroyed'],
    [
      'stopped',
      { shutdown: { cause: 'guest-shutdown' }, phase: stopping('guest-agent') },
      0,
      0,
      'stopped by the guest agent after 1.5 s',
    ],
    [
      'cut short',
      { phase: stopping('acpi-powerdown', 'qmp-quit') },
      0,
      0,
      'stopped by telling qemu to quit after 1.5 s; a power cut',
    ],
    [
      'killed at the deadline',
      { vmExit: killedBy(9), phase: stopping('acpi-powerdown', 'qmp-quit', 'sigkill') },
      137,
      9,
      'stopped by SIGKILL after 1.5 s; a power cut',
    ],
    [
      'killed by somebody else while it was stopped',
      { vmExit: killedBy(9), phase: stopping('acpi-powerdown') },
      137,
      9,
      'qemu was killed by signal 9',
    ],
    [
      'stopped while it was off',
      { shutdown: { cause: 'guest-shutdown' }, phase: { ...stopping('qmp-quit'), wasOff: true } },
      0,
      0,
      'stopped; the guest was off already',
    ],
    [
      'stopped as its cloud-init failed',
      { shutdown: { cause: 'guest-shutdown' }, phase: { ...stopping('guest-agent'), cause: FAILED } },
      108,
      0,
      'VM ended: cloud-init failed in module x after 3 s; stopped by the guest agent after 1.5 s',
    ],
    [
      'stopped as its cloud-init was late, and cut short',
      {
        vmExit: killedBy(9),
        phase: {
          ...stopping('acpi-powerdown', 'qmp-quit', 'sigkill'),
          cause: { ...FAILED, code: 'cloud-init-late' },
        },
      },
      110,
      0,
      'stopped by SIGKILL after 1.5 s; a power cut for the guest, which did not shut down within 1.5 s',
    ],
    [
      'panic while it is stopped for its cloud-init',
      { shutdown: { cause: 'guest-panic' }, phase: { ...stopping('guest-agent'), cause: FAILED } },
      100,
      0,
      'the guest kernel panicked',
    ],
  ])('%s', (_name, changes, exitCode, signal, text) => {
    const { exit, summary } = endingOf(facts(changes));
    expect(exit).toEqual({ exitCode, signal, isOomKilled: false });
    expect(summary).toContain(text);
  });

  it('tells no time of a stop that an older plugin began, and none below zero', () => {
    const summaryOf = (phase: StoppingPhase) =>
      endingOf(facts({ shutdown: { cause: 'guest-shutdown' }, phase })).summary;
    const { sinceMs: _, ...older } = stopping('guest-agent');
    expect(summaryOf(older)).toBe('VM ended: stopped by the guest agent');
    const afterReboot = { ...older, sinceMs: endedAtMs + 1 };
    expect(summaryOf(afterReboot)).toBe('VM ended: stopped by the guest agent after 0.0 s');
  });

  it('reports an out-of-memory kill as one', () => {
    const { exit, summary } = endingOf(facts({ vmExit: killedBy(9), hasOomKilled: true }));
    expect(exit).toEqual({ exitCode: 137, signal: 9, isOomKilled: true });
    expect(summary).toContain('out of memory');
  });

  it('uses exit codes that no guest can choose and no signal has', () => {
    for (const code of Object.values(EXIT_CODES)) {
      expect(code % 2).toBe(0);
      expect(code).toBeLessThan(128);
    }
  });
});
