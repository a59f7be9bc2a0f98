import { lacksAgent } from '../qemu/agent-port.ts';
import type { QmpSession } from '../qemu/qmp-link.ts';
import { isGuestOff, powerOn, prepareStop, type RunState, readRunState } from '../qemu/run-state.ts';
import { buildStopLadder } from '../qemu/stop-ladder.ts';
import type { Vm } from '../qemu/vm.ts';
import { readBootClockMs } from './boot-clock.ts';
import type { PoweroffPolicy } from './config/poweroff-policy.ts';
import { DriverError } from './errors.ts';
import { describeError } from './plugin-log.ts';
import { formatSeconds, NAME_OF } from './stop-words.ts';
import type { StopManner } from './task.ts';
import {
  type Answer,
  answerRequest,
  type GuestEnd,
  type Request,
  type StopCause,
  type VmPhase,
} from './task-state.ts';
import type { TaskVoice } from './task-voice.ts';

/** What a VM is controlled by. */
export interface ControlOptions {
  readonly vm: Pick<Vm, 'sessions' | 'command' | 'query' | 'stop'>;
  readonly phase: VmPhase;
  readonly policy: PoweroffPolicy;
  readonly isGraceful: boolean;
  readonly hasGuestAgent: boolean;
  readonly voice: TaskVoice;
  /** Called before the phase is acted on; throws when it cannot be saved. */
  readonly save: (phase: VmPhase) => void;
}

const ANSWER_MS = 2_000;
const POWER_ON_MS = 10_000;
/** How long qemu may take to end once its guest is off. */
const END_MS = 10_000;
/** One reboot resets the machine up to three times: by the guest, then by the firmware (seen with SeaBIOS). */
const REBOOT_MS = 5_000;

const GUEST_ENDS: Partial<Record<RunState, GuestEnd>> = {
  shutdown: 'guest-shutdown',
  'guest-panicked': 'guest-panic',
  'internal-error': 'internal-error',
};

/** The one place that changes the phase of a running VM, see task-state.ts: by request, or by what qemu reports. */
export class VmControl {
  readonly #options: ControlOptions;
  #phase: VmPhase;
  #stopping: Promise<unknown> | undefined;
  #ending: Promise<unknown> | undefined;
  #rebootedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#phase = options.phase;
  }

  get phase(): VmPhase {
    return this.#phase;
  }

  /**
   * Stops the VM; a second request joins the first. One that a plugin before us began is begun anew.
   *
   * @param cause why, if nobody asked for it.
   */
  async stop(deadlineMs: number, manner: StopManner = 'as-configured', cause?: StopCause): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs, manner, cause);
    await this.#stopping;
  }

  /** @throws DriverError when the VM runs and `isForced` is not set. Killing it is left to the caller. */
  destroy(isForced: boolean): void {
    const answer = this.#ask({ kind: 'destroy', at: now(), isForced });
    if (answer.kind === 'denied')
      throw new DriverError('invalid-task', `Cannot destroy the task: ${answer.reason}`);
  }

  /**
   * Switches on a guest that was held.
   *
   * @returns whether it was off; a guest that is on is left alone.
   * @throws DriverError while the VM is being stopped; QemuError when qemu does not do it.
   */
  async powerOn(): Promise<boolean> {
    const answer = this.#ask({ kind: 'power-on' });
    if (answer.kind === 'denied')
      throw new DriverError('invalid-task', `Cannot switch the VM on: ${answer.reason}`);
    if (answer.kind === 'already') return false;
    try {
      await powerOn(this.#options.vm, AbortSignal.timeout(POWER_ON_MS));
    } catch (error) {
      // It is still off: that is found and said again.
      await this.#look();
      throw error;
    }
    this.#options.voice.announce('VM switched on again');
    return true;
  }

  /** Follows the guest until qemu has ended. What happened while nobody watched is found first. */
  async watch(): Promise<void> {
    let isFirst = true;
    for await (const session of this.#options.vm.sessions()) {
      if (!isFirst) this.#options.voice.note('the connection to qemu was lost, and is there again');
      isFirst = false;
      // It listens before it looks, so that nothing is missed in between.
      const listening = this.#listen(session);
      await this.#look();
      await listening;
    }
    await Promise.allSettled([this.#stopping, this.#ending]);
  }

  async #listen(session: QmpSession): Promise<void> {
    for await (const { event, data } of session.events()) {
      if (event === 'STOP') await this.#look();
      if (event === 'RESUME') this.#ask({ kind: 'guest-on' });
      if (event === 'RESET' && data['reason'] === 'guest-reset') this.#noteReboot();
      if (event === 'GUEST_PANICKED') this.#options.voice.note('guest kernel panicked');
    }
    const garbage = await session.closed;
    if (garbage !== undefined) this.#options.voice.note(`${garbage.message}; trying again`);
  }

  async #look(): Promise<void> {
    const { vm, voice } = this.#options;
    // A qemu that is about to be gone does not answer; its end is learned elsewhere.
    const state = await readRunState(vm, AbortSignal.timeout(ANSWER_MS)).catch(() => 'other' as const);
    const why = GUEST_ENDS[state];
    if (why !== undefined) await this.#takeGuestEnd(why);
    else if (state === 'running') this.#ask({ kind: 'guest-on' });
    else if (state === 'io-error') {
      voice.announce('VM paused: the host cannot read or write its disk, or has no room; then send SIGCONT');
    }
  }

  async #takeGuestEnd(why: GuestEnd): Promise<void> {
    const { vm, voice, policy } = this.#options;
    const isNews = this.#ask({ kind: 'guest-ended', at: now(), why, policy }).kind === 'accepted';
    switch (this.#phase.tag) {
      case 'held':
        if (isNews) voice.announce(HELD);
        return;
      case 'on':
        voice.note('guest powered off; it is switched on again');
        await powerOn(vm, AbortSignal.timeout(POWER_ON_MS)).catch(error =>
          voice.announce(`VM is off and cannot be switched on again: ${describeError(error)}`),
        );
        return;
      case 'ending':
        this.#ending ??= vm.stop(
          buildStopLadder({ deadlineMs: END_MS, isGraceful: false, hasGuestAgent: false }),
          { onTry: () => undefined, onFailure: () => undefined },
        );
        // It fails when the VM is let go of; the next plugin process looks again.
        this.#ending.catch(() => undefined);
        return;
      case 'stopping':
        // The ladder ends qemu, or Nomad asks again.
        return;
    }
  }

  async #stop(deadlineMs: number, manner: StopManner, cause: StopCause | undefined): Promise<void> {
    const { vm, voice } = this.#options;
    const isGraceful = this.#options.isGraceful && manner === 'as-configured';
    const startedAt = performance.now();
    this.#ask({
      kind: 'stop',
      atMs: readBootClockMs(),
      deadlineMs,
      ...(cause === undefined ? {} : { cause }),
    });
    voice.note(
      `stop ${cause === undefined ? 'requested' : 'begun'}; ${formatSeconds(deadlineMs)} to shut down`,
    );
    const patienceMs = Math.max(1, Math.min(1_000, Math.round(deadlineMs / 5)));
    const patience = AbortSignal.timeout(patienceMs);
    const state = await prepareStop(vm, patience);
    const hasGuestAgent = this.#options.hasGuestAgent && !(await lacksAgent(vm, patience));
    const remainingMs = Math.max(0, Math.round(deadlineMs - (performance.now() - startedAt)));
    const isOff = isGuestOff(state);
    const ladder = { deadlineMs: remainingMs, isGraceful, hasGuestAgent, isGuestOff: isOff };
    await vm.stop(buildStopLadder(ladder), {
      onTry: action => {
        this.#ask({ kind: 'try', action });
        voice.note(`stopping by ${NAME_OF[action]}`);
      },
      onFailure: (action, failure) =>
        voice.note(`${NAME_OF[action]} did not work: ${describeError(failure)}`),
    });
  }

  #noteReboot(): void {
    const atMs = performance.now();
    if (atMs - this.#rebootedAtMs > REBOOT_MS) {
      this.#options.voice.note('guest rebooted; the VM goes on');
      this.#rebootedAtMs = atMs;
    }
  }

  #ask(request: Request): Answer {
    const answer = answerRequest(this.#phase, request);
    if (answer.kind === 'accepted') {
      this.#options.save(answer.phase);
      this.#phase = answer.phase;
    }
    return answer;
  }
}

const HELD =
  'guest powered off; the VM is held, switched off: "nomad alloc signal -s SIGCONT" switches it on, "nomad alloc restart" starts it anew';

function now(): string {
  return new Date().toISOString();
}
