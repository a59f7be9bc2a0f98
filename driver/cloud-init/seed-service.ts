import { join } from 'node:path';
import type { Registration, RegistrationRequest, VmEvent } from '../../cloudinit-server/client.ts';
import type { Clock } from '../address/clock.ts';
import type { CloudInitApiConfig } from '../config/cloud-init-api.ts';
import type { Personality } from '../config/personality.ts';
import type { ReportProblem } from '../config/problem.ts';
import { describeError, type Log } from '../plugin-log.ts';
import type { TaskRecord } from '../task-record.ts';
import { Departures, type Registered } from './departures.ts';
import { EventFeed } from './event-feed.ts';
import { openCursorFile } from './feed-cursor.ts';
import { openApi } from './open-api.ts';
import { register } from './register.ts';
import { RegisteredVm, type RegisteredVmOptions } from './registered-vm.ts';
import { loadSeedRequest } from './seed-request-file.ts';

/** What the service works with. */
export interface SeedServiceOptions {
  readonly api: CloudInitApiConfig;
  readonly owner: Personality;
  readonly stateDir: string;
  /** What is on record of all VMs of this node. */
  readonly listRecords: () => readonly TaskRecord[];
  readonly log: Log;
  /** For rests between requests. @default {SYSTEM_CLOCK} */
  readonly clock?: Clock;
}

/** What is kept of a registration, for as long as the VM runs. */
export interface KeptRegistration {
  readonly request: RegistrationRequest;
  /** Of the newest event before it: those up to there are about an earlier start of the same VM. */
  readonly cursor: number;
}

/** The plugin's dealings with the seed server, for all its VMs: one request for events at a time, whatever their number. */
export class SeedService {
  readonly #options: SeedServiceOptions;
  readonly #departures: Departures;
  /** By the node's name, which an operator may change under VMs that run. */
  readonly #feeds = new Map<string, EventFeed>();
  readonly #vms = new Set<RegisteredVm>();
  readonly #endings = new Set<Promise<void>>();
  readonly #openedAtMs = performance.now();
  /** Events of VMs that the agent has not had found again yet. */
  #unclaimed: readonly VmEvent[] = [];

  constructor(options: SeedServiceOptions) {
    this.#options = options;
    this.#departures = new Departures({
      folder: join(options.stateDir, FOLDER, `${options.owner}-departures`),
      api: () => openApi(options.api),
      log: options.log,
      clock: options.clock,
    });
    this.#departures.resume(vm => this.#isThere(vm));
  }

  /**
   * Registers a VM that is about to start. Should nobody confirm it, it is taken off again, if need be by the next plugin.
   *
   * @returns undefined after a reported problem.
   * @throws DriverError `not-ready` when the server does not answer; `node-unfit` when it refuses this node.
   */
  async register(
    identity: string,
    request: RegistrationRequest,
    report: ReportProblem,
    signal: AbortSignal,
  ): Promise<{ readonly registration: Registration; readonly cursor: number } | undefined> {
    const vm = { identity, allocId: request.alloc_id };
    await this.#departures.withdraw(vm);
    this.#departures.note(vm);
    const feed = this.#feedOf(request.node);
    await feed.catchUp(AbortSignal.any([signal, AbortSignal.timeout(CATCH_UP_MS)]));
    const { cursor } = feed;
    const registration = await register(this.#options.api, identity, request, report, signal);
    return registration && { registration, cursor };
  }

  /** The VM runs, and is on record. */
  async confirm({ identity, allocId }: Registered): Promise<void> {
    await this.#departures.withdraw({ identity, allocId });
  }

  /** The VM is gone, or did not start: the server is told in the background. */
  depart(vm: Registered): void {
    this.#departures.depart(vm);
  }

  /** A VM that runs, from its start or since it was found again. */
  attach(options: RegisteredVmOptions): RegisteredVm {
    const feed = this.#feedOf(options.registration.node);
    const vm = new RegisteredVm(options, {
      api: () => openApi(this.#options.api),
      isConnected: () => feed.isConnected,
      catchUp: signal => feed.catchUp(signal),
      registerAgain: (known, signal) => this.#registerAgain(known, signal),
      log: this.#options.log,
    });
    this.#vms.add(vm);
    const claimed = this.#unclaimed.filter(event => vm.isAbout(event));
    this.#unclaimed = this.#unclaimed.filter(event => !claimed.includes(event));
    for (const event of claimed) this.#deliverTo(vm, event);
    feed.start();
    return vm;
  }

  /** @param isOver whether the VM has ended; else it is only let go of. */
  detach(vm: RegisteredVm, isOver: boolean): void {
    if (!this.#vms.delete(vm)) return;
    const isNeeded = [...this.#vms].some(({ node }) => node === vm.node);
    const ending = Promise.all([
      isOver ? vm.end() : vm.release(),
      isNeeded ? undefined : this.#feedOf(vm.node).stop(),
    ]).then(() => {
      this.#endings.delete(ending);
    });
    this.#endings.add(ending);
  }

  /** Is called every ten seconds. */
  tick(): void {
    for (const vm of this.#vms) vm.tick();
  }

  /** Lets go of all VMs. */
  async close(): Promise<void> {
    for (const vm of this.#vms) this.detach(vm, false);
    await Promise.all([...this.#endings, this.#departures.close()]);
  }

  #feedOf(node: string): EventFeed {
    const known = this.#feeds.get(node);
    if (known !== undefined) return known;
    const { api, stateDir, owner, log } = this.#options;
    const path = join(stateDir, FOLDER, `${owner}-${encodeURIComponent(node)}.json`);
    const feed: EventFeed = new EventFeed({
      api: () => openApi(api),
      node,
      cursor: openCursorFile(path, `${api.url} ${node}`),
      deliver: events => {
        for (const event of events) this.#deliver(event);
      },
      onFresh: hasForgotten => {
        for (const vm of this.#vms) if (vm.node === node) vm.meet(hasForgotten);
      },
      log,
      clock: this.#options.clock,
    });
    this.#feeds.set(node, feed);
    return feed;
  }

  /** Events of VMs that have ended, or that the other plugin of this node runs, are nobody's business here. */
  #deliver(event: VmEvent): void {
    const about = [...this.#vms].filter(vm => vm.isAbout(event));
    for (const vm of about) this.#deliverTo(vm, event);
    const isEarly = performance.now() - this.#openedAtMs < CLAIM_MS;
    if (about.length === 0)
      this.#unclaimed = isEarly ? [...this.#unclaimed, event].slice(-MAX_UNCLAIMED) : [];
  }

  #deliverTo(vm: RegisteredVm, event: VmEvent): void {
    try {
      vm.take(event);
    } catch (error) {
      this.#options.log('error', 'cannot take what the seed server tells of a VM', {
        identity: event.identity,
        error: describeError(error),
      });
    }
  }

  async #registerAgain({ record, voice }: RegisteredVmOptions, signal: AbortSignal): Promise<boolean> {
    const request = loadSeedRequest(record.files);
    if (request === undefined) return false;
    // Whatever fails is tried again with the next report.
    const result = await openApi(this.#options.api)
      .register(record.identity, request, signal)
      .catch(() => undefined);
    if (result?.kind !== 'registered') return false;
    voice.note(
      'the seed server did not know this VM any more and was told again; its guest has an address for its seed that no longer counts, until the task is restarted',
    );
    return true;
  }

  #isThere({ identity, allocId }: Registered): boolean {
    return this.#options
      .listRecords()
      .some(
        record =>
          record.identity === identity && record.allocId === allocId && record.stage.tag === 'running',
      );
  }
}

/** Below `state_dir`; no VM's folder is called so, which begins with the owner's name. */
const FOLDER = 'cloud-init';
const CATCH_UP_MS = 3_000;
/** How long an agent may take to have its tasks found again. */
const CLAIM_MS = 60_000;
const MAX_UNCLAIMED = 500;
