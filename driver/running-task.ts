import { setTimeout as delay } from 'node:timers/promises';
import { isProcessAlive } from '../qemu/process-identity.ts';
import { buildStopLadder, type StopAction } from '../qemu/stop-ladder.ts';
import type { Vm } from '../qemu/vm.ts';
import type { VmExit } from '../qemu/vm-exit.ts';
import { type Account, openAccount } from './account.ts';
import { DriverError } from './errors.ts';
import { VmObservation } from './observation.ts';
import { describeError } from './plugin-log.ts';
import type { Task, TaskContext } from './task.ts';
import { describeVmExit, type TaskExit, taskExitFromVm } from './task-exit.ts';
import type { RunningStage, TaskRecord } from './task-record.ts';

/** A record of a VM that runs, or ran when it was last looked at. */
export type RunningRecord = TaskRecord & { readonly stage: RunningStage };

/** How long the end of a task waits for its last log lines to be copied; Nomad's logmon waits 2 s as well. */
const LOG_DRAIN_MS = 2_000;

/** A task whose VM runs, as far as anybody knows. It is the only writer of the task's record. */
export class RunningTask implements Task {
  readonly exited: Promise<TaskExit>;
  readonly observation: VmObservation;
  readonly #context: TaskContext;
  readonly #vm: Vm;
  readonly #account: Account;
  #record: TaskRecord;
  #stopping: Promise<void> | undefined;

  constructor(context: TaskContext, record: RunningRecord, vm: Vm) {
    this.#context = context;
    this.#record = record;
    this.#vm = vm;
    this.#account = openAccount(record.files, context.log);
    this.observation = new VmObservation({
      vm,
      record,
      log: context.log,
      announce: message => this.#announce(message),
      note: message => this.#account.write(message),
    });
    this.exited = this.#live(record.stage);
    // Whoever waits for the task handles a failure; this one only keeps it from being unhandled.
    this.exited.catch(() => undefined);
  }

  get record(): TaskRecord {
    return this.#record;
  }

  /** The qemu process. */
  get qemuPid(): number {
    return this.#vm.handle.qemu.pid;
  }

  /** Tells the user how the VM came about: a line each in the account, one event. */
  announceStart(remarks: readonly string[]): void {
    for (const remark of remarks) this.#account.write(remark);
    this.#emit(`VM started; ${remarks.join('; ')}`);
  }

  /** A second request joins the first. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    await this.#stopping;
    await this.exited;
  }

  async destroy(force: boolean): Promise<void> {
    if (this.#record.stage.tag !== 'exited') {
      if (!force)
        throw new DriverError('invalid-task', 'Cannot destroy the task: its VM still runs; stop it first');
      this.#vm.destroy();
      await this.exited;
    }
    this.#vm.destroy();
    this.#context.store.remove(this.#record.files);
  }

  detach(): void {
    this.#vm.close();
  }

  async #live(stage: RunningStage): Promise<TaskExit> {
    const listening = this.#listen();
    const vmExit = await this.#untilExit();
    await listening;
    // What ended the VM is said before the end itself, which closes the account.
    await this.#stopping;
    const exit = taskExitFromVm(vmExit);
    this.#save({
      tag: 'exited',
      startedAt: stage.startedAt,
      completedAt: new Date().toISOString(),
      exit,
    });
    this.#sayExit(vmExit);
    await this.#drainLogs();
    this.#vm.close();
    return exit;
  }

  /** Throws when the VM was let go of; the observation ends with it in any case. */
  async #untilExit(): Promise<VmExit> {
    try {
      return await this.#vm.exit;
    } finally {
      await this.observation.end();
    }
  }

  /** Writes down what qemu reports; ends with the VM. */
  async #listen(): Promise<void> {
    try {
      for await (const event of this.#vm.events()) {
        if (event.event === 'RESET') this.#account.write('guest rebooted; the VM goes on');
        if (event.event === 'GUEST_PANICKED') this.#account.write('guest kernel panicked');
      }
    } catch (error) {
      this.#context.log('warn', 'lost the connection to a VM', {
        task_id: this.#record.taskId,
        error: describeError(error),
      });
    }
  }

  #announce(message: string): void {
    this.#account.write(message);
    this.#emit(message);
  }

  #emit(message: string): void {
    const { taskId, allocId, taskName } = this.#record;
    this.#context.events.emit({ taskId, allocId, taskName, at: new Date(), message, annotations: {} });
  }

  #sayExit(vmExit: VmExit): void {
    this.#announce(describeVmExit(vmExit, this.#vm.shutdownReason));
    this.#account.close();
  }

  /** Waits until the wrapper and its tails have ended: then every byte is in Nomad's FIFOs. */
  async #drainLogs(): Promise<void> {
    const deadline = performance.now() + LOG_DRAIN_MS;
    while (isProcessAlive(this.#vm.handle.wrapper) && performance.now() < deadline) await delay(20);
  }

  async #stop(deadlineMs: number): Promise<void> {
    if (this.#record.stage.tag === 'exited') return;
    const { isGraceful, hasGuestAgent } = this.#record;
    this.#account.write(`stop requested; ${formatSeconds(deadlineMs)} to shut down`);
    const outcome = await this.#vm.stop(
      buildStopLadder({ deadlineMs, isGraceful, hasGuestAgent }),
      (action, failure) => this.#account.write(describeRung(action, failure)),
    );
    this.#announce(`stopped by ${NAME_OF[outcome.action]} after ${formatSeconds(outcome.afterMs)}`);
  }

  #save(stage: TaskRecord['stage']): void {
    this.#record = { ...this.#record, stage };
    this.#context.store.save(this.#record);
  }
}

const NAME_OF: Readonly<Record<StopAction, string>> = {
  'guest-agent': 'the guest agent',
  'acpi-powerdown': 'the power button',
  'qmp-quit': 'telling qemu to quit',
  sigkill: 'SIGKILL',
};

function describeRung(action: StopAction, failure: unknown): string {
  if (failure === undefined) return `stopping by ${NAME_OF[action]}`;
  const reason = failure instanceof Error ? failure.message : String(failure);
  return `${NAME_OF[action]} did not work: ${reason}`;
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
