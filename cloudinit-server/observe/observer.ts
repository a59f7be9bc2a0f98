import { EventEmitter } from 'node:events';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Observation } from '../boot/observation.ts';
import type { PhoneHome } from '../boot/parse-phone-home.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { BootFollower } from '../registration/boot-follower.ts';
import type { ServerLog } from '../server-log.ts';
import type { RecordedBoot } from '../state/boot-table.ts';
import type { ServerState } from '../state/state.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { describeVm, isRegisteredKey, readVmName } from '../vm-name.ts';
import { countProgress } from './count-progress.ts';
import { logProgress } from './log-progress.ts';

/** What an observer works with. */
export interface ObserverOptions {
  readonly state: ServerState;
  readonly log: ServerLog;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly metrics: Pick<ServerMetrics, 'countRetry' | 'observeStage'>;
  /** Is told of everything that was seen. @default {undefined} */
  readonly follower?: BootFollower | undefined;
  /** Whether guests are noted; if not, there is only what was seen before. */
  readonly isObserving: boolean;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** The event of a change of any VM. */
const ANY_VM = Symbol('any VM');

/** Knows every VM and its newest boot. It is the only one that changes them: routes tell it what they saw. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #newest = new Map<number, RecordedBoot>();
  readonly #cloudInits = new Map<number, string | undefined>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  get isObserving(): boolean {
    return this.#options.isObserving;
  }

  /** The VM of this key, with its token; put on record when it is new. */
  ensureVm(key: string): KnownVm {
    return this.#options.state.vms.ensure(key, this.#options.now());
  }

  findVm(key: string): KnownVm | undefined {
    return this.#options.state.vms.find(key);
  }

  findVmByToken(token: string): KnownVm | undefined {
    return this.#options.state.vms.findByToken(token);
  }

  listVms(): readonly KnownVm[] {
    return [...this.#options.state.vms.list()];
  }

  /** The newest boot of a VM, or undefined when nothing was seen of it yet. */
  newestBoot(vm: KnownVm): RecordedBoot | undefined {
    const known = this.#newest.get(vm.id) ?? this.#options.state.boots.newest(vm.id);
    if (known !== undefined) this.#newest.set(vm.id, known);
    return known;
  }

  /** The cloud-init that a VM had when it last fetched its seed; a guest that remembers its seed tells none. */
  lastCloudInit(vm: KnownVm): string | undefined {
    const newest = this.newestBoot(vm)?.boot.cloudInitVersion;
    if (newest !== undefined) return newest;
    if (!this.#cloudInits.has(vm.id)) this.#cloudInits.set(vm.id, this.#readCloudInit(vm));
    return this.#cloudInits.get(vm.id);
  }

  #readCloudInit(vm: KnownVm): string | undefined {
    const boots = this.#options.state.boots.list(vm.id).map(({ boot }) => boot.cloudInitVersion);
    return boots.findLast(version => version !== undefined);
  }

  /**
   * Takes note of something that was seen of a VM.
   *
   * @param also goes on record with it, in one transaction
   * @returns when it is on record
   * @throws when it cannot be
   */
  async record(vm: KnownVm, seen: Observation, also?: () => void): Promise<void> {
    const { state, log, metrics, follower } = this.#options;
    try {
      const { before, after } = await state.together(() => {
        also?.();
        const before = this.newestBoot(vm);
        const after = state.boots.add(vm.id, before, seen);
        if (isRegisteredKey(vm.key)) follower?.follow(vm, before, after, seen);
        // What else is in the transaction builds on it.
        this.#newest.set(vm.id, after);
        return { before, after };
      });
      const { cloudInitVersion } = after.boot;
      if (seen.kind === 'file' && cloudInitVersion !== undefined)
        this.#cloudInits.set(vm.id, cloudInitVersion);
      logProgress(vm.key, before, after, seen, log);
      countProgress(before, after, seen, metrics);
      this.announce(vm);
    } catch (error) {
      // What is on record counts.
      this.#newest.delete(vm.id);
      throw error;
    }
  }

  /** Takes note of a guest that phoned home, and of its host keys; as {@link record} does. */
  async recordPhoneHome(vm: KnownVm, { instanceId, hostKeys }: PhoneHome, address: string): Promise<void> {
    const { state, log, audit, follower, now } = this.#options;
    const at = now();
    let haveChanged = false;
    const told = instanceId === undefined ? {} : { instanceId };
    await this.record(vm, { kind: 'phone-home', at, address, ...told }, () => {
      const [known] = state.hostKeys.list(vm.id);
      haveChanged = hostKeys.length > 0 && state.hostKeys.replace(vm.id, hostKeys, { address, at });
      if (haveChanged && known !== undefined) follower?.followHostKeys(vm, known.seenAt);
    });
    if (!haveChanged) return;
    log.warn('host keys changed', { ...describeVm(vm.key), address });
    audit.record({ action: 'host-keys-changed', actor: 'guest', address, vm: readVmName(vm.key) });
  }

  /** Tells who looks at a VM that something else than its boot has changed. */
  announce(vm: KnownVm): void {
    this.#changes.emit(vm.key);
    this.#changes.emit(ANY_VM, vm.key);
  }

  /** Drops what is held in memory of a VM that is on record no more. */
  forget(vm: KnownVm): void {
    this.#newest.delete(vm.id);
    this.#cloudInits.delete(vm.id);
  }

  /**
   * Calls back at every change of a VM, also of one that is not known yet, until the signal is aborted.
   */
  onChange(key: string, signal: AbortSignal, callback: () => void): void {
    this.#subscribe(key, signal, callback);
  }

  /** The same for every VM, by its key. */
  onAnyChange(signal: AbortSignal, callback: (key: string) => void): void {
    this.#subscribe(ANY_VM, signal, callback);
  }

  #subscribe(name: string | symbol, signal: AbortSignal, callback: (key: string) => void): void {
    if (signal.aborted) return;
    this.#changes.on(name, callback);
    signal.addEventListener('abort', () => this.#changes.off(name, callback), { once: true });
  }
}
