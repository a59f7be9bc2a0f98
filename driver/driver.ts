import { killLeftovers } from '../qemu/leftover-processes.ts';
import { reattachVm } from '../qemu/vm.ts';
import { Claims } from './claims.ts';
import { SeedService } from './cloud-init/seed-service.ts';
import type { Personality } from './config/personality.ts';
import type { PluginConfig } from './config/plugin-config.ts';
import { parseTaskConfig } from './config/task-config.ts';
import { decodeWireValue } from './config/wire-value.ts';
import { EndedTask } from './ended-task.ts';
import { DriverError } from './errors.ts';
import { forgetTask } from './forget-task.ts';
import { keepHouse } from './housekeeping.ts';
import type { Node } from './node.ts';
import type { Log } from './plugin-log.ts';
import { RunningTask } from './running-task.ts';
import { holdLogs } from './start/hold-logs.ts';
import { buildNewRecord } from './start/new-record.ts';
import { prepareVm } from './start/prepare-vm.ts';
import { startVm } from './start/start-vm.ts';
import { describeVmCommand } from './start/vm-command.ts';
import { explainWriteFailure } from './start/write-failure.ts';
import { isEarlierStart, sweepOrphans } from './sweep.ts';
import type { StopManner, Task, TaskContext } from './task.ts';
import { TaskEvents } from './task-events.ts';
import type { TaskRecord } from './task-record.ts';
import type { TaskRequest } from './task-request.ts';
import { TaskStore } from './task-store.ts';
import { buildIdentity } from './vm-identity.ts';

/** What a driver is made of. */
export interface DriverOptions {
  readonly personality: Personality;
  readonly plugin: PluginConfig;
  readonly node: Node;
  readonly log: Log;
}

/** The tasks of one plugin: starts, finds again and forgets them. Each lives its own life as a `Task`. */
export class Driver {
  readonly events = new TaskEvents();
  readonly #options: DriverOptions;
  readonly #context: TaskContext;
  readonly #claims: Claims;
  readonly #tasks = new Map<string, Task>();
  /** Starts under way, so that a repeated request joins the first. */
  readonly #starting = new Map<string, { readonly request: TaskRequest; readonly task: Promise<Task> }>();

  readonly #life = new AbortController();
  readonly #housekeeping: Promise<void>;

  constructor(options: DriverOptions) {
    this.#options = options;
    const store = new TaskStore(
      { stateRoot: options.plugin.stateDir, runRoot: options.plugin.runDir },
      options.log,
    );
    const { personality: owner, plugin, log } = options;
    const listRecords = () => store.list();
    const seeds =
      plugin.cloudInitApi === undefined
        ? undefined
        : new SeedService({ api: plugin.cloudInitApi, owner, stateDir: plugin.stateDir, listRecords, log });
    this.#context = { store, events: this.events, log, ...(seeds === undefined ? {} : { seeds }) };
    this.#claims = new Claims(listRecords);
    const sweep = () => sweepOrphans(this.#context, owner, id => this.#isKnown(id));
    const tasks = () => this.#tasks.values();
    this.#housekeeping = keepHouse({ tasks, sweep, tick: () => seeds?.tick(), log }, this.#life.signal);
  }

  /**
   * Starts a task's VM. Repeating the request of an id returns the VM that the first one made: the agent does that when
   * the plugin died under it.
   *
   * @throws ConfigProblems, DriverError or QemuError, each ready to be shown to the user.
   */
  async start(request: TaskRequest): Promise<Task> {
    const known = this.#tasks.get(request.id) ?? this.#starting.get(request.id)?.task;
    if (known !== undefined) return known;
    const starting = this.#start(request).finally(() => this.#starting.delete(request.id));
    this.#starting.set(request.id, { request, task: starting });
    const task = await starting;
    this.events.admit(request.id);
    return task;
  }

  /**
   * Finds a task again after plugin or agent were gone. Never starts anything: two qemus on one disk destroy it.
   *
   * @param copy the record as the agent kept it, used when ours is lost.
   * @throws DriverError when nothing is known of the task.
   */
  async recover(taskId: string, copy: TaskRecord | undefined): Promise<Task> {
    const known = this.#tasks.get(taskId);
    if (known !== undefined) return known;
    const { store } = this.#context;
    const record = store.load(store.filesOf(this.#options.personality, taskId)) ?? copy;
    if (record === undefined) {
      throw new DriverError(
        'unknown-task',
        `Cannot recover task "${taskId}": this plugin has no record of its VM`,
      );
    }
    const task = await this.#adopt(record);
    this.#options.log('info', 'task recovered', { task_id: taskId, stage: task.record.stage.tag });
    return task;
  }

  /** @throws DriverError `unknown-task`. */
  find(taskId: string): Task {
    const task = this.#tasks.get(taskId);
    if (task === undefined)
      throw new DriverError('unknown-task', `Cannot find task "${taskId}": this plugin does not run it`);
    return task;
  }

  /**
   * The task, for an agent that waits for its end: that agent knows it, until it hangs up.
   *
   * @throws DriverError `unknown-task`.
   */
  attend(taskId: string, signal: AbortSignal): Task {
    const task = this.find(taskId);
    this.events.admit(taskId);
    signal.addEventListener('abort', () => this.events.dismiss(taskId), { once: true });
    return task;
  }

  /** Stops a task; one that is gone already counts as stopped, or the agent would ask again for minutes. */
  async stop(taskId: string, deadlineMs: number, manner: StopManner): Promise<void> {
    await this.#tasks.get(taskId)?.stop(deadlineMs, manner);
  }

  /** Forgets a task and removes what was its own. */
  async destroy(taskId: string, force: boolean): Promise<void> {
    const { store } = this.#context;
    const task = this.#tasks.get(taskId);
    if (task !== undefined) await task.destroy(force);
    else {
      const files = store.filesOf(this.#options.personality, taskId);
      const record = store.load(files);
      if (record === undefined) store.remove(files);
      else {
        killLeftovers(files);
        forgetTask(this.#context, record);
      }
    }
    this.#tasks.delete(taskId);
    this.events.dismiss(taskId);
  }

  /** Lets go of every VM; all run on. */
  async detach(): Promise<void> {
    this.#life.abort();
    await this.#housekeeping;
    for (const task of this.#tasks.values()) task.detach();
    await this.#context.seeds?.close();
  }

  #isKnown(taskId: string): boolean {
    return this.#tasks.has(taskId) || this.#starting.has(taskId);
  }

  async #start(request: TaskRequest): Promise<Task> {
    const { store } = this.#context;
    const { personality, plugin, node } = this.#options;
    const files = store.filesOf(personality, request.id);
    const earlier = store.load(files);
    if (earlier !== undefined && earlier.stage.tag !== 'starting') return this.#adopt(earlier);
    using _logs = holdLogs(request);
    if (earlier !== undefined) killLeftovers(files);
    await this.#endEarlierStarts(request);

    const config = parseTaskConfig(decodeWireValue(request.driverConfig), { personality, plugin });
    const { namespace, jobId, group, taskName: task, allocIndex } = request;
    const identity = buildIdentity({ namespace, jobId, group, task, allocIndex, name: config.name });
    const record = buildNewRecord({ config, request, identity, disksDir: plugin.disksDir, files });
    const holders = this.#claims.claim(record);
    const { seeds } = this.#context;
    try {
      const signal = new AbortController().signal;
      const { macAddresses } = record;
      const preparation = { config, request, identity, macAddresses, plugin, node, holders, seeds };
      const prepared = await prepareVm(preparation, signal);
      const { vm, record: running } = await startVm(this.#context, { ...prepared, request, record });
      if (record.registration !== undefined) await seeds?.confirm(record);
      const started = new RunningTask(this.#context, running, vm);
      this.#keep(started);
      const nics = macAddresses.map((mac, nic) => `NIC ${nic} has MAC address ${mac}`);
      started.note(describeVmCommand(prepared.spec, files, request.networkNamespacePath));
      started.announceStart([...prepared.remarks, ...nics], prepared.seedFindings);
      return started;
    } catch (error) {
      if (record.registration !== undefined) seeds?.depart({ identity, allocId: request.allocId });
      throw explainWriteFailure(error, record);
    } finally {
      this.#claims.release(request.id);
    }
  }

  /** Removes what earlier invocations of a task have left, also where this plugin runs them still. */
  async #endEarlierStarts({ id: taskId, allocId, taskName }: TaskRequest): Promise<void> {
    const wanted = { taskId, allocId, taskName };
    for (const { request, task } of [...this.#starting.values()]) {
      // What becomes of it is on record then, or undone.
      if (isEarlierStart({ ...request, taskId: request.id }, wanted)) await task.catch(() => undefined);
    }
    const earlier = this.#context.store
      .list()
      .filter(record => record.owner === this.#options.personality && isEarlierStart(record, wanted));
    for (const record of earlier) {
      this.#options.log('warn', 'removing an earlier start of a task', { task_id: record.taskId });
      await this.destroy(record.taskId, true);
    }
  }

  async #adopt(record: TaskRecord): Promise<Task> {
    const { stage, files } = record;
    switch (stage.tag) {
      case 'starting':
        throw new DriverError(
          'unknown-task',
          `Cannot recover task "${record.taskId}": its start was never finished`,
        );
      case 'running': {
        const vm = await reattachVm({ files, wrapper: stage.wrapper, qemu: stage.qemu });
        return this.#keep(new RunningTask(this.#context, { ...record, stage }, vm));
      }
      case 'exited':
        return this.#keep(new EndedTask(this.#context, { ...record, stage }));
    }
  }

  /** Another request may have found the same task meanwhile: the first one stays. */
  #keep(task: Task): Task {
    const id = task.record.taskId;
    const known = this.#tasks.get(id);
    if (known !== undefined) {
      task.detach();
      return known;
    }
    this.#tasks.set(id, task);
    return task;
  }
}
