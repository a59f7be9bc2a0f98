import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildStopLadder } from '../../qemu/stop-ladder.ts';

describe('buildStopLadder()', () => {
  it('asks the agent, presses the power button twice, tells qemu to quit, kills', () => {
    const ladder = buildStopLadder({ deadlineMs: 60_000, isGraceful: true, hasGuestAgent: true });
    expect(ladder).toEqual([
      { action: 'guest-agent', waitUntilMs: 27_000 },
      { action: 'acpi-powerdown', waitUntilMs: 39_000 },
      { action: 'acpi-powerdown', waitUntilMs: 51_000 },
      { action: 'qmp-quit', waitUntilMs: 57_000 },
      { action: 'sigkill', waitUntilMs: 60_000 },
    ]);
  });

  it('does not ask a guest that the job says not to ask', () => {
    const ladder = buildStopLadder({ deadlineMs: 5_000, isGraceful: false, hasGuestAgent: true });
    expect(ladder.map(rung => rung.action)).toEqual(['qmp-quit', 'sigkill']);
  });

  it('does not ask a guest that is off', () => {
    const ladder = buildStopLadder({
      deadlineMs: 5_000,
      isGraceful: true,
      hasGuestAgent: true,
      isGuestOff: true,
    });
    expect(ladder.map(rung => rung.action)).toEqual(['qmp-quit', 'sigkill']);
  });

  it('never waits beyond the deadline, goes only down, and always ends with SIGKILL', () => {
    const options = fc.record({
      deadlineMs: fc.integer({ min: 0, max: 3_600_000 }),
      isGraceful: fc.boolean(),
      hasGuestAgent: fc.boolean(),
    });
    fc.assert(
      fc.property(options, given => {
        const ladder = buildStopLadder(given);
        const times = ladder.map(rung => rung.waitUntilMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.at(-1)).toBe(given.deadlineMs);
        expect(ladder.at(-1)?.action).toBe('sigkill');
      }),
    );
  });
});
