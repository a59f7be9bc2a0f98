import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerRequest, type Request, type VmPhase } from '../../driver/task-state.ts';

const at = '2026-01-01T00:00:00.000Z';
const on: VmPhase = { tag: 'on' };
const held: VmPhase = { tag: 'held', since: at };
const stopping: VmPhase = { tag: 'stopping', sinceMs: 1, deadlineMs: 1_000, wasOff: false, tried: [] };
const ending: VmPhase = { tag: 'ending', since: at, why: 'guest-panic' };

const stop = { kind: 'stop', atMs: 1, deadlineMs: 1_000 } as const;
const poweroff = { kind: 'guest-ended', at, why: 'guest-shutdown' } as const;

const requests: fc.Arbitrary<Request> = fc.oneof(
  fc.constantFrom(stop, { ...stop, cause: { code: 'cloud-init-failed', text: 'x' } } as const),
  fc.constant({ kind: 'try', action: 'qmp-quit' } as const),
  fc.record({ kind: fc.constant('destroy' as const), at: fc.constant(at), isForced: fc.boolean() }),
  fc.constant({ kind: 'power-on' } as const),
  fc.constant({ kind: 'guest-on' } as const),
  fc.record({
    kind: fc.constant('guest-ended' as const),
    at: fc.constant(at),
    why: fc.constantFrom('guest-shutdown' as const, 'guest-panic' as const, 'internal-error' as const),
    policy: fc.constantFrom('exit' as const, 'hold' as const, 'boot' as const),
  }),
);

function follow(phase: VmPhase, request: Request): VmPhase {
  const answer = answerRequest(phase, request);
  return answer.kind === 'accepted' ? answer.phase : phase;
}

describe('answerRequest()', () => {
  it('does with a guest that powers off what the job says', () => {
    expect(follow(on, { ...poweroff, policy: 'exit' })).toMatchObject({
      tag: 'ending',
      why: 'guest-shutdown',
    });
    expect(follow(on, { ...poweroff, policy: 'hold' })).toEqual(held);
    expect(follow(on, { ...poweroff, policy: 'boot' })).toEqual(on);
  });

  it('ends a guest that crashed whatever the job says', () => {
    for (const policy of ['exit', 'hold', 'boot'] as const) {
      const crash = { kind: 'guest-ended', at, why: 'guest-panic', policy } as const;
      expect(follow(on, crash)).toEqual(ending);
    }
  });

  it('switches on a guest that is held, leaves one that is on, and refuses while the VM is stopped', () => {
    expect(answerRequest(held, { kind: 'power-on' })).toEqual({ kind: 'accepted', phase: on });
    expect(answerRequest(on, { kind: 'power-on' })).toEqual({ kind: 'already' });
    expect(answerRequest(stopping, { kind: 'power-on' })).toMatchObject({ kind: 'denied' });
  });

  it('remembers that a guest was off when it was stopped', () => {
    expect(follow(held, stop)).toMatchObject({ tag: 'stopping', wasOff: true });
    expect(follow(on, stop)).toMatchObject({ tag: 'stopping', wasOff: false });
  });

  it('writes down each rung', () => {
    const first = follow(stopping, { kind: 'try', action: 'guest-agent' });
    expect(follow(first, { kind: 'try', action: 'sigkill' })).toMatchObject({
      tried: ['guest-agent', 'sigkill'],
    });
  });

  it('keeps its promises whatever is asked in whatever order', () => {
    fc.assert(
      fc.property(fc.array(requests, { maxLength: 30 }), sequence => {
        let phase: VmPhase = on;
        for (const request of sequence) {
          const before = phase;
          const answer = answerRequest(before, request);
          phase = follow(before, request);
          // What is stopped or ended never runs again, and only destroying it can replace a stop.
          if (before.tag === 'ending') expect(['ending', 'stopping']).toContain(phase.tag);
          if (before.tag === 'stopping') {
            expect(phase.tag).toBe(request.kind === 'destroy' && request.isForced ? 'ending' : 'stopping');
          }
          // Only a guest that ran and powered off can be held.
          if (phase.tag === 'held' && before.tag !== 'held') {
            expect(before.tag).toBe('on');
            expect(request).toMatchObject({ kind: 'guest-ended', policy: 'hold' });
          }
          if (answer.kind === 'denied') expect(answer.reason).not.toBe('');
          // A repeated request is accepted once, but for those that add to a record or start a guest again.
          const repeats = ['stop', 'power-on', 'guest-on'];
          if (answer.kind === 'accepted' && repeats.includes(request.kind)) {
            expect(answerRequest(phase, request).kind).toBe('already');
          }
        }
      }),
    );
  });
});
