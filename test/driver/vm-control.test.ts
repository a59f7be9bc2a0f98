import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { PoweroffPolicy } from '../../driver/config/poweroff-policy.ts';
import type { VmPhase } from '../../driver/task-state.ts';
import { type ControlOptions, VmControl } from '../../driver/vm-control.ts';
import { QemuError } from '../../qemu/errors.ts';
import { EventQueue } from '../../qemu/event-queue.ts';
import { QmpCommandError, type QmpEvent } from '../../qemu/qmp-connection.ts';
import type { QmpSession } from '../../qemu/qmp-link.ts';
import type { StopAction } from '../../qemu/stop-ladder.ts';

const since = '2026-01-01T00:00:00.000Z';

/** A VM with a run state, that does what it is told and writes down all of it. */
class FakeVm {
  readonly done: string[] = [];
  readonly ladders: (readonly StopAction[])[] = [];
  state: string;
  monitored = Promise.resolve();
  isAgentPortOpen = true;
  #events = new EventQueue<QmpEvent>(100);
  #garbage: QemuError | undefined;
  #isOver = false;

  constructor(state: string) {
    this.state = state;
  }

  async *sessions(): AsyncGenerator<QmpSession> {
    await this.monitored;
    do {
      const events = this.#events;
      const closed = Promise.withResolvers<QemuError | undefined>();
      const untilClosed = async function* (this: FakeVm) {
        yield* events;
        closed.resolve(this.#isOver ? undefined : this.#garbage);
      };
      yield { events: () => untilClosed.call(this), closed: closed.promise };
    } while (!this.#isOver);
  }

  /** The guest does something between two connections. */
  reconnect(state: string, garbage?: QemuError): void {
    this.state = state;
    this.#garbage = garbage;
    this.#events.close();
    this.#events = new EventQueue(100);
  }

  report(event: string, state: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.state = state;
    this.#events.push({ event, data, at: new Date(0) });
  }

  end(): void {
    this.#isOver = true;
    this.#events.close();
  }

  readonly command: ControlOptions['vm']['command'] = async name => {
    this.done.push(name);
    if (name === 'cont') this.state = 'running';
  };

  readonly query: ControlOptions['vm']['query'] = async name => {
    if (name === 'query-chardev') return [{ label: 'agent', 'frontend-open': this.isAgentPortOpen }];
    if (name !== 'query-status') this.done.push(name);
    return { status: this.state };
  };

  readonly stop: ControlOptions['vm']['stop'] = async (ladder, { onTry }) => {
    this.ladders.push(ladder.map(({ action }) => action));
    const [first] = ladder;
    if (first !== undefined) onTry(first.action);
    this.done.push('stop');
    this.end();
  };
}

function control(vm: FakeVm, changes: { readonly phase?: VmPhase; readonly policy?: PoweroffPolicy } = {}) {
  const said: string[] = [];
  const saved: VmPhase[] = [];
  const say = (message: string) => said.push(message);
  const subject = new VmControl({
    vm,
    phase: { tag: 'on' },
    policy: 'exit',
    isGraceful: true,
    hasGuestAgent: true,
    voice: { note: say, emit: say, announce: say, conclude: say },
    save: phase => saved.push(phase),
    ...changes,
  });
  return { subject, said, saved };
}

describe('VmControl', () => {
  it.each([
    ['shutdown', 'guest-shutdown'],
    ['guest-panicked', 'guest-panic'],
    ['internal-error', 'internal-error'],
  ])('ends a VM that it finds in state "%s", as one that ended by %s', async (state, why) => {
    const vm = new FakeVm(state);
    const { subject, saved } = control(vm);
    await subject.watch();
    expect(saved).toEqual([{ tag: 'ending', since: expect.any(String), why }]);
    expect(vm.ladders).toEqual([['qmp-quit', 'sigkill']]);
  });

  it('finds what it missed when qemu can be talked to at last', async () => {
    const vm = new FakeVm('shutdown');
    const late = Promise.withResolvers<void>();
    vm.monitored = late.promise;
    const { subject, saved } = control(vm);
    const watching = subject.watch();
    await setImmediate();
    expect(saved).toEqual([]);
    late.resolve();
    await watching;
    expect(saved).toEqual([{ tag: 'ending', since: expect.any(String), why: 'guest-shutdown' }]);
  });

  it('finds what it missed while the connection was lost, listens on, and says so', async () => {
    const vm = new FakeVm('running');
    const { subject, said, saved } = control(vm, { policy: 'hold' });
    const watching = subject.watch();
    await setImmediate();
    vm.reconnect('shutdown', new QemuError('qmp-failed', 'Cannot understand qemu'));
    await vi.waitFor(() => expect(saved).toEqual([{ tag: 'held', since: expect.any(String) }]));
    vm.report('RESUME', 'running');
    await vi.waitFor(() => expect(subject.phase).toEqual({ tag: 'on' }));
    vm.end();
    await watching;
    expect(said).toEqual([
      'Cannot understand qemu; trying again',
      'the connection to qemu was lost, and is there again',
      expect.stringContaining('held'),
    ]);
  });

  it('holds a guest that powers off, saved before it is said', async () => {
    const vm = new FakeVm('running');
    const { subject, said, saved } = control(vm, { policy: 'hold' });
    const watching = subject.watch();
    vm.report('STOP', 'shutdown');
    await vi.waitFor(() => expect(said.join()).toContain('held'));
    expect(saved).toEqual([{ tag: 'held', since: expect.any(String) }]);
    expect(await subject.powerOn()).toBe(true);
    expect(vm.done).toEqual(['system_reset', 'cont']);
    expect(await subject.powerOn()).toBe(false);
    vm.end();
    await watching;
    expect(subject.phase).toEqual({ tag: 'on' });
  });

  it('says nothing again of a guest that it already held', async () => {
    const vm = new FakeVm('shutdown');
    const { subject, said } = control(vm, { policy: 'hold', phase: { tag: 'held', since } });
    vm.end();
    await subject.watch();
    expect(said).toEqual([]);
    expect(subject.phase.tag).toBe('held');
  });

  it('switches a guest on again, however often the reset takes its time', async () => {
    const vm = new FakeVm('shutdown');
    const { subject } = control(vm, { policy: 'boot' });
    let refusals = 3;
    const run = vm.command;
    Object.assign(vm, {
      command: async (name: string, signal: AbortSignal) => {
        await run(name, signal);
        if (name === 'cont' && refusals-- > 0) throw new QmpCommandError(name, 'GenericError', 'Resetting');
      },
    });
    vm.end();
    await subject.watch();
    expect(vm.done).toEqual(['system_reset', 'cont', 'cont', 'cont', 'cont']);
    expect(subject.phase).toEqual({ tag: 'on' });
  });

  it('goes on ending a VM that the plugin before it began to end', async () => {
    const vm = new FakeVm('guest-panicked');
    const phase: VmPhase = { tag: 'ending', since, why: 'guest-panic' };
    await control(vm, { policy: 'hold', phase }).subject.watch();
    expect(vm.done).toEqual(['stop']);
  });

  it('does not wait for a guest that is off when it is stopped', async () => {
    const vm = new FakeVm('shutdown');
    const { subject } = control(vm, { policy: 'hold', phase: { tag: 'held', since } });
    await subject.stop(30_000);
    expect(vm.ladders).toEqual([['qmp-quit', 'sigkill']]);
    expect(subject.phase).toMatchObject({ tag: 'stopping', wasOff: true, tried: ['qmp-quit'] });
  });

  it('goes straight to the power button where no agent has opened its port', async () => {
    const vm = new FakeVm('running');
    vm.isAgentPortOpen = false;
    const { subject, said } = control(vm);
    await subject.stop(30_000);
    expect(vm.ladders[0]).toEqual(['acpi-powerdown', 'acpi-powerdown', 'qmp-quit', 'sigkill']);
    expect(said).toContain('stopping by the power button');
  });

  it.each(['paused', 'io-error'])(
    'lets a guest go on that is "%s", to shut down, and makes qemu go with its guest',
    async state => {
      const vm = new FakeVm(state);
      const { subject, saved } = control(vm, { policy: 'hold' });
      await Promise.all([subject.stop(30_000), subject.stop(30_000)]);
      expect(vm.done).toEqual(['set-action', 'cont', 'stop']);
      expect(saved[0]).toMatchObject({ tag: 'stopping', deadlineMs: 30_000, tried: [] });
      expect(vm.ladders[0]?.[0]).toBe('guest-agent');
      await expect(subject.powerOn()).rejects.toThrow('it is being stopped');
    },
  );

  it('writes down the cause of a stop that was nobody else’s idea, which Nomad’s own joins', async () => {
    const vm = new FakeVm('running');
    const { subject, saved, said } = control(vm);
    const cause = { code: 'cloud-init-failed', text: 'x' } as const;
    await Promise.all([subject.stop(60_000, 'as-configured', cause), subject.stop(30_000)]);
    expect(saved[0]).toMatchObject({ tag: 'stopping', deadlineMs: 60_000, cause });
    expect(said[0]).toBe('stop begun; 60.0 s to shut down');
    expect(vm.ladders).toHaveLength(1);
    // One that Nomad has begun has no cause of ours.
    const other = control(new FakeVm('running'));
    await Promise.all([other.subject.stop(30_000), other.subject.stop(60_000, 'as-configured', cause)]);
    expect(other.subject.phase).not.toHaveProperty('cause');
  });

  it('counts the resets of one reboot once', async () => {
    const vm = new FakeVm('running');
    const { subject, said } = control(vm);
    const watching = subject.watch();
    for (let reset = 0; reset < 3; reset += 1) vm.report('RESET', 'running', { reason: 'guest-reset' });
    vm.end();
    await watching;
    expect(said).toEqual(['guest rebooted; the VM goes on']);
  });

  it('destroys a running VM only by force', () => {
    const { subject } = control(new FakeVm('running'));
    expect(() => subject.destroy(false)).toThrow('its VM still runs');
    subject.destroy(true);
    expect(subject.phase).toMatchObject({ tag: 'ending', why: 'destroyed' });
  });
});
