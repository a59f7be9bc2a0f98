import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import type { LabProcess } from '../lab-process.ts';
import { type Plugin, renderAgentConfig } from './agent-config.ts';
import { askNomad, NomadApiError } from './api.ts';
import { findProcess } from './process-tree.ts';
import { waitUntilReady } from './ready.ts';
import { asArray, asRecord, parseTasks, type TaskEvent, type TaskSnapshot } from './task.ts';
import { waitForTask } from './wait-for-task.ts';

/** How a lab's agent is to be. */
export interface NomadOptions {
  /** The `nomad` executable: see ensureNomad(). */
  readonly executablePath: string;
  readonly plugins: readonly Plugin[];
  /** Drivers that must be detected before the agent counts as ready. */
  readonly drivers?: readonly string[];
  /** Of the node; the agent's folder and log are called so too. @default nomad */
  readonly name?: string;
  /** Whether it is a server too, or a client of the lab's agent that is. @default true */
  readonly isServer?: boolean;
  /** HCL that is appended to the agent's configuration. */
  readonly extraConfig?: string;
  /** @default 4646 */
  readonly httpPort?: number;
}

type Inside = Pick<Lab, 'name' | 'folder' | 'exec' | 'spawn'>;

/** A real Nomad agent in a lab. It ends with its lab. */
export class NomadAgent {
  /** Its node's. */
  readonly name: string;
  /** Nomad's HTTP API, as a unix socket that can be used from outside of the lab. */
  readonly socketPath: string;
  readonly logFile: string;
  readonly dataFolder: string;
  readonly #lab: Inside;
  readonly #options: NomadOptions;
  readonly #folder: string;
  #process: LabProcess | undefined;
  /** How often it was ended so far. */
  #kills = 0;
  #isReady = false;
  #ready = Promise.withResolvers<void>();

  private constructor(lab: Inside, options: NomadOptions) {
    this.#lab = lab;
    this.#options = options;
    this.name = options.name ?? 'nomad';
    this.#folder = join(lab.folder, this.name);
    this.dataFolder = join(this.#folder, 'data');
    this.socketPath = `${this.#folder}.sock`;
    this.logFile = `${this.#folder}.log`;
  }

  /** Installs the plugins, starts the agent and waits until its node is ready, 6 to 10 s. */
  static async start(lab: Inside, options: NomadOptions): Promise<NomadAgent> {
    const agent = new NomadAgent(lab, options);
    const { name } = agent;
    const folder = agent.#folder;
    const { plugins, isServer = true, extraConfig = '', httpPort = 4646 } = options;
    await mkdir(join(folder, 'plugins'), { recursive: true });
    for (const plugin of plugins)
      await installPlugin(plugin.executablePath, join(folder, 'plugins', plugin.fileName));
    const settings = { name, folder, httpPort, cgroupParent: lab.name, plugins, isServer, extraConfig };
    await writeFile(join(folder, 'agent.hcl'), renderAgentConfig(settings));
    const relay = join(import.meta.dirname, '..', 'relay.ts');
    await lab.spawn(`relay-${name}`, [process.execPath, relay, agent.socketPath, String(httpPort)]);
    await agent.#launch();
    return agent;
  }

  /** @throws when the agent isn't running */
  get pid(): number {
    if (this.#process === undefined) throw new Error('The Nomad agent is not running');
    return this.#process.pid;
  }

  /** The pid of the plugin that the agent started from this file, or undefined when there is none. */
  async pluginPid(fileName: string): Promise<number | undefined> {
    return await findProcess(join(this.#folder, 'plugins', fileName));
  }

  /** Ends the agent alone; its tasks and plugins stay as they are. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#kills += 1;
    this.#isReady = false;
    this.#ready = Promise.withResolvers();
    await this.#process?.kill(signal);
    this.#process = undefined;
  }

  /** Ends the agent and starts it again with the same data. @default SIGKILL */
  async restart(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.kill(signal);
    await this.#launch();
  }

  /**
   * Runs a `nomad` command inside the lab, again when the agent was killed meanwhile.
   *
   * @throws with its output when it fails
   */
  async command(...argv: readonly string[]): Promise<string> {
    const address = `NOMAD_ADDR=http://127.0.0.1:${this.#options.httpPort ?? 4646}`;
    const command = ['env', address, this.#options.executablePath, ...argv];
    const { stdout } = await this.#throughKills(() => this.#lab.exec(command));
    return stdout;
  }

  /**
   * Submits a job, `nomad job run -detach`, and doesn't wait for it.
   *
   * @param job the path of a job file, or a job's text (which has more than one line)
   */
  async run(job: string, variables: Readonly<Record<string, string>> = {}): Promise<void> {
    const settings = Object.entries(variables).map(([name, value]) => `-var=${name}=${value}`);
    let file = job;
    if (job.includes('\n')) {
      // Several may be submitted at once.
      file = join(this.#lab.folder, `job-${randomUUID()}.nomad.hcl`);
      await writeFile(file, job);
    }
    await this.command('job', 'run', '-detach', ...settings, file);
  }

  /** Stops a job without waiting for its tasks. */
  async stopJob(job: string, ...flags: readonly string[]): Promise<void> {
    await this.command('job', 'stop', '-detach', ...flags, job);
  }

  /** Gets a path of Nomad's HTTP API, such as `/v1/nodes`. Asks again when the agent was killed meanwhile. */
  async json(path: string): Promise<unknown> {
    const body: unknown = JSON.parse(await this.#ask(path));
    return body;
  }

  /** The tasks of a job, those of its newest allocation first. */
  async tasks(job: string): Promise<readonly TaskSnapshot[]> {
    return parseTasks(await this.json(`/v1/job/${encodeURIComponent(job)}/allocations?all=true`));
  }

  /**
   * Waits until a task of the job is as wanted, while the agent may be restarted meanwhile.
   *
   * @throws after `timeoutMs`, with the tasks as they were last
   */
  async waitForTask(
    job: string,
    isWanted: (task: TaskSnapshot) => boolean,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<TaskSnapshot> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await waitForTask(() => this.tasks(job), isWanted, signal);
    } catch (cause) {
      // Where there is no task, the scheduler knows why.
      const evaluations = await this.json(`/v1/job/${encodeURIComponent(job)}/evaluations`).catch(String);
      const blocked = JSON.stringify(
        asArray(evaluations).map(evaluation => asRecord(evaluation)['FailedTGAllocs']),
      );
      throw new Error(`Waited ${timeoutMs} ms for job "${job}": ${String(cause)}; not placed: ${blocked}`, {
        cause,
      });
    }
  }

  /** What a task has printed so far. The task's name may be left out where the allocation has only one. */
  async logs(allocId: string, stream: 'stdout' | 'stderr', task?: string): Promise<string> {
    const name = task ?? (await this.#firstTask(allocId));
    const query = new URLSearchParams({ task: name, type: stream, plain: 'true', origin: 'start' });
    const path = `/v1/client/fs/logs/${allocId}?${query}`;
    return await this.#ask(path).catch((error: unknown) => {
      // The file appears when the task starts.
      if (error instanceof NomadApiError && error.status === 404) return '';
      throw error;
    });
  }

  /** The events of an allocation's tasks, oldest first. */
  async events(allocId: string): Promise<readonly TaskEvent[]> {
    return parseTasks([await this.json(`/v1/allocation/${allocId}`)]).flatMap(task => task.events);
  }

  async #firstTask(allocId: string): Promise<string> {
    const [task] = parseTasks([await this.json(`/v1/allocation/${allocId}`)]);
    if (task === undefined) throw new Error(`Allocation "${allocId}" has no task yet`);
    return task.name;
  }

  async #ask(path: string): Promise<string> {
    return await this.#throughKills(() => this.#askOnce(path));
  }

  async #askOnce(path: string): Promise<string> {
    return await askNomad(this.socketPath, path, AbortSignal.timeout(30_000));
  }

  async #throughKills<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const kills = this.#kills;
      try {
        return await work();
      } catch (error) {
        if (this.#isReady && kills === this.#kills) throw error;
        await this.#ready.promise;
      }
    }
  }

  async #launch(): Promise<void> {
    const argv = [this.#options.executablePath, 'agent', `-config=${this.#folder}/agent.hcl`];
    // Plugins leave their sockets there when they are killed; the folder goes with the lab.
    this.#process = await this.#lab.spawn(this.name, argv, { TMPDIR: this.#lab.folder });
    const drivers = ['raw_exec', ...(this.#options.drivers ?? [])];
    const wanted = { node: this.name, drivers };
    await waitUntilReady(this.#process, async path => JSON.parse(await this.#askOnce(path)), wanted);
    this.#isReady = true;
    this.#ready.resolve();
  }
}

async function installPlugin(from: string, to: string): Promise<void> {
  // A link where both are on one file system: the executable is large.
  await link(from, to).catch(() => copyFile(from, to));
}
