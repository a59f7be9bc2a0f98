import type { DriversApi, EventsResult, VmEvent } from '../../cloudinit-server/client.ts';
import { readMessage } from '../../qemu/error-message.ts';
import { type Clock, SYSTEM_CLOCK } from '../address/clock.ts';
import { describeError, type Log } from '../plugin-log.ts';
import type { CursorFile } from './feed-cursor.ts';

/** Where events come from, and who takes them. */
export interface FeedOptions {
  /** @throws DriverError while it cannot be used. */
  readonly api: () => DriversApi;
  /** Of which node's VMs. */
  readonly node: string;
  readonly cursor: CursorFile;
  /** Takes events; one that the plugin died over comes again. */
  readonly deliver: (events: readonly VmEvent[]) => void;
  /** The server answers for the first time or again; `hasForgotten` says that it counts its events anew. */
  readonly onFresh: (hasForgotten: boolean) => void;
  readonly log: Log;
  /** @default {SYSTEM_CLOCK} */
  readonly clock?: Clock | undefined;
}

/** How long the server waits for an event before it answers that there is none. */
const WAIT_SECONDS = 25;
/** An agent finds its tasks again one after the other; events of those that are not there yet are told late. */
const SETTLE_MS = 1_000;
const RETRY_MS = { first: 1_000, most: 60_000 };

type PollOutcome = 'more' | 'empty' | 'failed';

/**
 * Follows what the seed server learns of a node's VMs, by one request at a time that waits at the server.
 *
 *   stopped ──► settling ──► polling ◄──► resting after a failure
 */
export class EventFeed {
  readonly #options: FeedOptions;
  readonly #clock: Clock;
  #cursor: number | undefined;
  #life: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Who wants to know that all has been heard up to now. */
  #waiting: ((isCaughtUp: boolean) => void)[] = [];
  /** Ends a rest, or a request that waits. */
  #hurry = new AbortController();
  #isQuick = false;
  #state: 'new' | 'connected' | 'lost' = 'new';

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** Of the newest event that was taken. */
  get cursor(): number {
    this.#cursor ??= this.#options.cursor.load();
    return this.#cursor;
  }

  /** False from a request that failed to the next one that does not. */
  get isConnected(): boolean {
    return this.#state !== 'lost';
  }

  start(): void {
    if (this.#life !== undefined) return;
    this.#life = new AbortController();
    this.#running = this.#run(this.#life.signal);
  }

  /** Resolves when no request is under way. It can be started again. */
  async stop(): Promise<void> {
    this.#life?.abort();
    this.#life = undefined;
    await this.#running;
  }

  /**
   * Hears all that the server knows by now.
   *
   * @returns false when it does not answer, or the signal aborts.
   */
  async catchUp(signal: AbortSignal): Promise<boolean> {
    if (this.#life === undefined) return this.#drain(signal);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.push(resolve);
    signal.addEventListener('abort', () => resolve(false), { once: true });
    // A request that waits for nothing is about to end; many VMs may start at once.
    if (!this.#isQuick) this.#hurry.abort();
    return promise;
  }

  async #drain(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const outcome = await this.#poll(0, signal);
      if (outcome !== 'more') return outcome === 'empty';
    }
  }

  async #run(life: AbortSignal): Promise<void> {
    let retryMs = RETRY_MS.first;
    await this.#rest(SETTLE_MS, life);
    while (!life.aborted) {
      const asked = this.#waiting;
      this.#hurry = new AbortController();
      this.#isQuick = asked.length > 0;
      const waitSeconds = this.#isQuick ? 0 : WAIT_SECONDS;
      const outcome = await this.#poll(waitSeconds, AbortSignal.any([life, this.#hurry.signal]));
      if (outcome === 'more' || this.#hurry.signal.aborted) continue;
      this.#waiting = this.#waiting.filter(each => !asked.includes(each));
      for (const resolve of asked) resolve(outcome === 'empty');
      if (outcome === 'failed' && !life.aborted) await this.#rest(retryMs, life);
      retryMs = outcome === 'failed' ? Math.min(2 * retryMs, RETRY_MS.most) : RETRY_MS.first;
    }
    for (const resolve of this.#waiting.splice(0)) resolve(false);
  }

  #rest(ms: number, life: AbortSignal): Promise<void> {
    if (this.#waiting.length > 0) return Promise.resolve();
    this.#isQuick = false;
    this.#hurry = new AbortController();
    return this.#clock.wait(ms, AbortSignal.any([life, this.#hurry.signal]));
  }

  async #poll(waitSeconds: number, signal: AbortSignal): Promise<PollOutcome> {
    const { node, log } = this.#options;
    try {
      const result = await this.#options.api().events({ node, after: this.cursor, waitSeconds }, signal);
      if (result.kind !== 'events') throw new Error(result.reason);
      return this.#take(result);
    } catch (error) {
      if (signal.aborted) return 'failed';
      if (this.#state !== 'lost') {
        log('warn', 'the seed server cannot be asked how VMs boot', {
          error: readMessage(error),
        });
      }
      this.#state = 'lost';
      return 'failed';
    }
  }

  #take({ events, cursor }: Extract<EventsResult, { kind: 'events' }>): PollOutcome {
    const hasForgotten = (events[0]?.cursor ?? cursor) < this.cursor;
    if (this.#state !== 'connected' || hasForgotten) {
      if (this.#state === 'lost') this.#options.log('info', 'the seed server answers again');
      this.#state = 'connected';
      this.#options.onFresh(hasForgotten);
    }
    this.#options.deliver(events);
    if (cursor !== this.cursor) this.#save(cursor);
    return events.length > 0 ? 'more' : 'empty';
  }

  /** After the events were taken: each VM's own book keeps one that comes again from being told again. */
  #save(cursor: number): void {
    this.#cursor = cursor;
    try {
      this.#options.cursor.save(cursor);
    } catch (error) {
      this.#options.log('warn', 'cannot save how far events were read', { error: describeError(error) });
    }
  }
}
