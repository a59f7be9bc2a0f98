import type { Boot } from '../boot/boot.ts';
import { readMessage } from '../errors.ts';
import type { ServerLog } from '../server-log.ts';
import type { ServerState } from '../state/state.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { takeTurns } from '../take-turns.ts';
import { describeVm } from '../vm-name.ts';
import type { EventFeed } from './event-feed.ts';
import { judgeProgress } from './judge-progress.ts';

/** How often VMs that boot are looked at. */
const LOOK_MS = 10_000;
/** Boots that began, and VMs that were registered, within this time before a restart are watched on. */
const RESUME_MS = 2 * 3600_000;

/** What a watch works with. */
export interface StuckWatchOptions {
  readonly state: ServerState;
  readonly feed: EventFeed;
  readonly log: ServerLog;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Calls back once after some ms, unless what it returns is called first. @default `setTimeout` */
  readonly startTimer?: (callback: () => void, ms: number) => () => void;
}

/** A VM and how to learn its newest boot. */
interface Watched {
  readonly vm: KnownVm;
  readonly readNewest: () => Boot | undefined;
}

/**
 * Tells drivers of VMs that are stuck. What is stuck makes no request, so somebody has to look: a timer, which is
 * there only while a VM boots. Each silence is told once.
 */
export class StuckWatch implements Disposable {
  readonly #options: StuckWatchOptions;
  /** VMs that may get stuck, by their id. */
  readonly #booting = new Map<number, Watched>();
  #stopTimer: (() => void) | undefined;
  #isLooking = false;
  #isClosed = false;

  constructor(options: StuckWatchOptions) {
    this.#options = options;
  }

  /** Whether there is anything to look at. */
  get isIdle(): boolean {
    return this.#booting.size === 0;
  }

  /** A VM was registered or heard of. */
  watch(vm: KnownVm, newest: Boot | undefined): void {
    this.#add({ vm, readNewest: () => newest });
  }

  /** Takes up what the server before this one has watched. Boots are read later, as there may be thousands. */
  resume(): void {
    const { registrations, boots } = this.#options.state;
    const since = this.#options.now() - RESUME_MS;
    const begun = boots.listBegunSince(since).map(vmId => registrations.find(vmId));
    for (const registered of [...registrations.listSince(since), ...begun]) {
      if (registered === undefined) continue;
      const { vm } = registered;
      this.#add({ vm, readNewest: () => boots.newest(vm.id)?.boot });
    }
  }

  /** A look that is under way ends at its next step. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#stopTimer?.();
  }

  #add(watched: Watched): void {
    this.#booting.set(watched.vm.id, watched);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isClosed || this.#stopTimer !== undefined || this.#isLooking || this.isIdle) return;
    const { startTimer = setTimer, log } = this.#options;
    this.#stopTimer = startTimer(() => {
      this.#stopTimer = undefined;
      this.#look().catch((error: unknown) => log.error('vms not looked at', { reason: String(error) }));
    }, LOOK_MS);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const rest = takeTurns();
    for (const watched of [...this.#booting.values()]) {
      await rest();
      if (this.#isClosed) return;
      const { id, key } = watched.vm;
      try {
        // It may have been heard of meanwhile; then the next look is early enough.
        if (this.#booting.get(id) === watched && !this.#mayGetStuck(watched)) this.#booting.delete(id);
      } catch (error) {
        // The disk is full: another look may find room.
        const reason = readMessage(error);
        this.#options.log.error('state not written', { ...describeVm(key), reason });
      }
    }
    this.#isLooking = false;
    this.#schedule();
  }

  /** Judges one, tells of it, and says whether to go on looking. */
  #mayGetStuck({ vm, readNewest }: Watched): boolean {
    const { state, feed, log, now } = this.#options;
    const registered = state.registrations.find(vm.id);
    if (registered === undefined) return false;
    const progress = judgeProgress(registered, readNewest(), now());
    if (progress.kind !== 'stuck') return progress.kind === 'waiting';
    if (!state.events.hasSince(vm.id, 'stuck', progress.since)) {
      log.warn('guest stuck', { vm: registered.facts.identity, reason: progress.reason });
      feed.add(registered, { kind: 'stuck', reason: progress.reason }, now());
    }
    return false;
  }
}

function setTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
