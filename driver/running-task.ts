import { setTimeout as delay } from 'node:timers/promises';
import { isProcessAlive } from '../qemu/process-identity.ts';
import { readShutdownRecord } from '../qemu/shutdown-trace.ts';
import type { Vm } from '../qemu/vm.ts';
import type { VmExit } from '../qemu/vm-exit.ts';
import { readBootClockMs } from './boot-clock.ts';
import type { RegisteredVm } from './cloud-init/registered-vm.ts';
import type { SeedFindings } from './cloud-init/summarise-findings.ts';
import { describeConsole } from './console-upkeep.ts';
import { forgetTask } from './forget-task.ts';
import { VmObservation } from './observation.ts';
import { hasOomKilled } from './oom-watch.ts';
import { describeError } from './plugin-log.ts';
import type { StopManner, Task, TaskContext } from './task.ts';
import { endingOf, type TaskExit } from './task-exit.ts';
import type { RunningRecord, RunningStage, TaskRecord } from './task-record.ts';
import type { StopCause } from './task-state.ts';
import { openVoice, type TaskVoice } from './task-voice.ts';
import { VmControl } from './vm-control.ts';

/** How long the end of a task waits for its last log lines to be copied; Nomad's logmon waits 2 s as well. */
const LOG_DRAIN_MS = 2_000;
/** How long a guest may take to shut down when its task fails; `kill_timeout` is not known before Nomad stops it. */
const FAILURE_STOP_MS = 60_000;

/** A task whose VM runs, as far as anybody knows. It is the only writer of the task's record. */
export class RunningTask implements Task {
  readonly exited: Promise<TaskExit>;
  readonly observation: VmObservation;
  readonly #context: TaskContext;
  readonly #vm: Vm;
  readonly #voice: TaskVoice;
  readonly #control: VmControl;
  readonly #seed: RegisteredVm | undefined;
  #record: TaskRecord;

  constructor(context: TaskContext, record: RunningRecord, vm: Vm) {
    this.#context = context;
    this.#record = record;
    this.#vm = vm;
    this.#voice = openVoice(context, record);
    this.observation = new VmObservation({
      vm,
      record,
      log: context.log,
      ...this.#voice,
      onAddress: known =>
        this.#seed?.reportAddress({ ...known, mac_address: record.macAddresses[known.nic] ?? '' }),
    });
    this.#control = new VmControl({
      vm,
      phase: record.stage.phase,
      policy: record.onGuestPoweroff,
      isGraceful: record.isGraceful,
      hasGuestAgent: record.hasGuestAgent,
      voice: this.#voice,
      save: phase => this.#save({ ...record.stage, phase }),
    });
    this.#seed = this.#attachSeed(record);
    this.exited = this.#live(record.stage);
    // Whoever waits for the task handles a failure; this one only keeps it from being unhandled.
    this.exited.catch(() => undefined);
    const { phase } = record.stage;
    // Nobody asks again for a stop that was our own idea.
    if (phase.tag === 'stopping' && phase.cause !== undefined) this.#fail(phase.cause);
  }

  get record(): TaskRecord {
    return this.#record;
  }

  /** The qemu process. */
  get qemuPid(): number {
    return this.#vm.handle.qemu.pid;
  }

  get vm(): Vm | undefined {
    return this.#record.stage.tag === 'exited' ? undefined : this.#vm;
  }

  note(message: string): void {
    if (this.vm !== undefined) this.#voice.note(message);
  }

  /** Tells the user how the VM came about: a line each in the account, one event. */
  announceStart(remarks: readonly string[], findings: SeedFindings | undefined): void {
    for (const remark of [...remarks, describeConsole(this.#record)]) this.#voice.note(remark);
    this.#voice.emit(`VM started; ${remarks.join('; ')}`);
    if (findings === undefined) return;
    for (const line of findings.lines) this.#voice.note(line);
    this.#voice.emit(findings.summary);
  }

  /** A second request joins the first. */
  async stop(deadlineMs: number, manner: StopManner): Promise<void> {
    if (this.#record.stage.tag !== 'exited') await this.#control.stop(deadlineMs, manner);
    await this.exited;
  }

  /**
   * Switches on a guest that powered off and is held.
   *
   * @returns whether it was off.
   * @throws DriverError while the VM is being stopped; QemuError when qemu does not do it.
   */
  async powerOn(): Promise<boolean> {
    return this.#control.powerOn();
  }

  async destroy(force: boolean): Promise<void> {
    if (this.#record.stage.tag !== 'exited') {
      this.#control.destroy(force);
      this.#vm.destroy();
      await this.exited;
    }
    this.#vm.destroy();
    forgetTask(this.#context, this.#record);
  }

  detach(): void {
    this.#leaveSeed(false);
    this.#vm.close();
  }

  #attachSeed(record: RunningRecord): RegisteredVm | undefined {
    const { registration } = record;
    if (registration === undefined) return undefined;
    return this.#context.seeds?.attach({
      record,
      registration,
      voice: this.#voice,
      hearAddress: (...heard) => this.observation.hearAddress(...heard),
      fail: cause => this.#fail(cause),
    });
  }

  #leaveSeed(hasEnded: boolean): void {
    if (this.#seed !== undefined) this.#context.seeds?.detach(this.#seed, hasEnded);
  }

  /** Stops the VM because of what became of its guest; Nomad learns it from how the task ends. */
  #fail(cause: StopCause): void {
    const { phase } = this.#control;
    // It ends anyway.
    if (phase.tag === 'ending' || (phase.tag === 'stopping' && phase.cause === undefined)) return;
    this.#voice.note(`the task fails: ${cause.text}`);
    // It fails when the VM is let go of; the next plugin process goes on with it.
    this.#control.stop(FAILURE_STOP_MS, 'as-configured', cause).catch(() => undefined);
  }

  async #live(stage: RunningStage): Promise<TaskExit> {
    const watching = this.#watch();
    const vmExit = await this.#untilExit();
    // What led to the end is said before the end itself, which closes the account.
    await watching;
    const completedAt = new Date();
    const { exit, summary } = endingOf({
      vmExit,
      shutdown: readShutdownRecord(this.#record.files, this.#vm.shutdownReason),
      phase: this.#control.phase,
      // Before Nomad hears of the end and removes the group.
      hasOomKilled: hasOomKilled(stage.oomWatch),
      endedAtMs: readBootClockMs(),
    });
    const { startedAt } = stage;
    this.#save({ tag: 'exited', startedAt, completedAt: completedAt.toISOString(), exit, summary });
    this.#voice.conclude(summary);
    await this.#drainLogs();
    this.#vm.close();
    return exit;
  }

  /** Throws when the VM was let go of; the observation ends with it in any case. */
  async #untilExit(): Promise<VmExit> {
    try {
      const vmExit = await this.#vm.exit;
      this.#leaveSeed(true);
      return vmExit;
    } finally {
      await this.observation.end();
    }
  }

  async #watch(): Promise<void> {
    try {
      await this.#control.watch();
    } catch (error) {
      this.#context.log('warn', 'lost the connection to a VM', {
        task_id: this.#record.taskId,
        error: describeError(error),
      });
    }
  }

  /** Waits until the wrapper and its tails have ended: then every byte is in Nomad's FIFOs. */
  async #drainLogs(): Promise<void> {
    const deadline = performance.now() + LOG_DRAIN_MS;
    while (isProcessAlive(this.#vm.handle.wrapper) && performance.now() < deadline) await delay(20);
  }

  /** A full disk must keep nobody from stopping a VM or from hearing of its end: it costs what a restart would read. */
  #save(stage: TaskRecord['stage']): void {
    this.#record = { ...this.#record, stage };
    try {
      this.#context.store.save(this.#record);
    } catch (error) {
      this.#context.log('error', 'cannot save the record of a VM', {
        task_id: this.#record.taskId,
        error: describeError(error),
      });
    }
  }
}
