import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriversApi } from '../../cloudinit-server/client.ts';
import { toRecord } from '../../qemu/unknown-record.ts';
import { type Clock, SYSTEM_CLOCK } from '../address/clock.ts';
import { describeError, type Log } from '../plugin-log.ts';
import { readFolder } from '../read-folder.ts';

/** A registration: of which VM, for which allocation. */
export interface Registered {
  readonly identity: string;
  readonly allocId: string;
}

/** Who takes VMs off the seed server. */
export interface DeparturesOptions {
  /** One small file for each VM that the server is to be told of. */
  readonly folder: string;
  /** @throws DriverError while it cannot be used. */
  readonly api: () => DriversApi;
  readonly log: Log;
  /** @default {SYSTEM_CLOCK} */
  readonly clock?: Clock | undefined;
}

const RETRY_MS = { first: 1_000, most: 5 * 60_000 };

/**
 * Tells the seed server which VMs are gone, in the background and until it has heard, over restarts of the plugin too. What
 * is on disk is told by the next plugin unless it finds the VM.
 */
export class Departures {
  readonly #options: DeparturesOptions;
  readonly #clock: Clock;
  readonly #queue = new Map<string, Registered>();
  readonly #life = new AbortController();
  #isWorking = false;
  #working: Promise<void> = Promise.resolve();
  #sending: { readonly key: string; readonly sent: Promise<unknown> } | undefined;

  constructor(options: DeparturesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** Writes down that the VM is to be taken off, unless `withdraw` says otherwise. Tells nobody yet. */
  note(vm: Registered): void {
    const path = this.#pathOf(keyOf(vm));
    try {
      mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify(vm), { mode: 0o600 });
    } catch (error) {
      // A full disk: this process tells the server all the same.
      this.#options.log('warn', 'cannot write down that a VM is gone', { path, error: describeError(error) });
    }
  }

  /** Tells the server, as soon as it listens. */
  depart(vm: Registered): void {
    this.note(vm);
    this.#queue.set(keyOf(vm), vm);
    if (!this.#isWorking) this.#working = this.#work();
  }

  /** The VM is there, or about to be: returns when no word of its end is under way that could come after its registration. */
  async withdraw(vm: Registered): Promise<void> {
    const key = keyOf(vm);
    this.#queue.delete(key);
    rmSync(this.#pathOf(key), { force: true });
    if (this.#sending?.key === key) await this.#sending.sent;
  }

  /** Takes up what a plugin before us has left. */
  resume(isThere: (vm: Registered) => boolean): void {
    for (const name of readFolder(this.#options.folder)) {
      const path = join(this.#options.folder, name);
      const vm = readDeparture(path);
      if (vm === undefined || isThere(vm)) rmSync(path, { force: true });
      else this.depart(vm);
    }
  }

  /** What is left is told by the next plugin. */
  async close(): Promise<void> {
    this.#life.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    let retryMs = RETRY_MS.first;
    while (!this.#life.signal.aborted) {
      const [next] = this.#queue;
      if (next === undefined) break;
      const [key, vm] = next;
      const sent = this.#send(vm);
      this.#sending = { key, sent };
      const isTold = await sent;
      this.#sending = undefined;
      // It may have come back meanwhile.
      if (isTold && this.#queue.get(key) === vm) {
        this.#queue.delete(key);
        rmSync(this.#pathOf(key), { force: true });
      }
      if (!isTold && !this.#life.signal.aborted) await this.#clock.wait(retryMs, this.#life.signal);
      retryMs = isTold ? RETRY_MS.first : Math.min(2 * retryMs, RETRY_MS.most);
    }
    this.#isWorking = false;
  }

  async #send({ identity, allocId }: Registered): Promise<boolean> {
    try {
      const result = await this.#options.api().deregister(identity, allocId, this.#life.signal);
      if (result.kind === 'invalid')
        this.#options.log('warn', 'the seed server does not take a VM off', {
          identity,
          reason: result.reason,
        });
      return result.kind === 'deregistered' || result.kind === 'invalid';
    } catch {
      // The plugin ends, or the token cannot be read: the feed has said so.
      return false;
    }
  }

  #pathOf(key: string): string {
    return join(this.#options.folder, `${key}.json`);
  }
}

function keyOf({ identity, allocId }: Registered): string {
  return createHash('sha256').update(`${allocId} ${identity}`).digest('hex').slice(0, 32);
}

function readDeparture(path: string): Registered | undefined {
  try {
    const { identity, allocId } = { ...toRecord(JSON.parse(readFileSync(path, 'utf8'))) };
    return typeof identity === 'string' && typeof allocId === 'string' ? { identity, allocId } : undefined;
  } catch {
    // SyntaxError: the plugin was killed while it wrote.
    return undefined;
  }
}
