import { BALLOON_PATH, type GuestMemory, parseGuestStats } from '../qemu/guest-memory.ts';
import { readProcessAgeMs } from '../qemu/process-identity.ts';
import { QmpCommandError } from '../qemu/qmp-connection.ts';
import type { Vm } from '../qemu/vm.ts';
import { describeAddress, type KnownAddress, loadAddressBook } from './address/address-book.ts';
import { AddressSources } from './address/address-sources.ts';
import { AddressWatch } from './address/watch-addresses.ts';
import { describeError, type Log } from './plugin-log.ts';
import type { TaskRecord } from './task-record.ts';

/** The VM that is observed, and who is told. */
export interface ObservationOptions {
  readonly vm: Pick<Vm, 'sessions' | 'query' | 'guestAgent'>;
  readonly record: TaskRecord;
  readonly log: Log;
  /** A line in the account, and an event. */
  readonly announce: (message: string) => void;
  /** A line in the account alone. */
  readonly note: (message: string) => void;
  /** Is told each new address once. */
  readonly onAddress?: (known: KnownAddress) => void;
}

/** Nomad keeps ten events a task; a guest that changes its address all the time shall not push the others out. */
const EVENTS_PER_HOUR = 4;
const HOUR_MS = 3_600_000;
/** How often the guest is asked for its memory; each time it has to wake up. */
const BALLOON_PERIOD_SECONDS = 10;
const QUERY_MS = 1_000;

/** What is found out about a guest from outside while its VM runs. */
export class VmObservation {
  readonly #options: ObservationOptions;
  readonly #life = new AbortController();
  readonly #addresses: AddressWatch;
  readonly #watching: Promise<void>;
  #announcedAtMs: readonly number[] = [];
  #balloon: 'unknown' | 'polled' | 'absent' = 'unknown';
  #memory: GuestMemory | undefined;
  #memoryAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.#addresses = this.#createWatch();
    this.#watching = this.#watchAddresses();
  }

  /** The seed server heard the guest at this address. */
  hearAddress(...heard: Parameters<AddressWatch['hear']>): void {
    this.#addresses.hear(...heard);
  }

  /**
   * Memory as the guest itself sees it, at most some seconds old; undefined while unknown. The first call makes qemu ask
   * the guest from then on.
   */
  async guestMemory(): Promise<GuestMemory | undefined> {
    const now = performance.now();
    if (this.#balloon === 'absent' || now - this.#memoryAtMs < BALLOON_PERIOD_SECONDS * 1_000)
      return this.#memory;
    this.#memoryAtMs = now;
    const signal = AbortSignal.any([this.#life.signal, AbortSignal.timeout(QUERY_MS)]);
    const { vm } = this.#options;
    try {
      if (this.#balloon === 'unknown') {
        const property = 'guest-stats-polling-interval';
        await vm.query('qom-set', { path: BALLOON_PATH, property, value: BALLOON_PERIOD_SECONDS }, signal);
        this.#balloon = 'polled';
      }
      const answer = await vm.query('qom-get', { path: BALLOON_PATH, property: 'guest-stats' }, signal);
      this.#memory = parseGuestStats(answer, new Date());
    } catch (error) {
      // No balloon of ours: the default devices of the machine. Else qemu cannot be talked to, for now.
      if (error instanceof QmpCommandError) this.#balloon = 'absent';
      this.#memory = undefined;
    }
    return this.#memory;
  }

  /** Ends all of it; resolves when nothing is under way any more. */
  async end(): Promise<void> {
    this.#life.abort();
    await this.#watching;
  }

  #createWatch(): AddressWatch {
    const { vm, record, log, onAddress } = this.#options;
    const stage = record.stage;
    const lanNics = record.lanNics ?? record.macAddresses.keys();
    return new AddressWatch(
      {
        nics: [...lanNics].map(nic => ({ nic, macAddress: record.macAddresses[nic] ?? '' })),
        files: record.files,
        sources: new AddressSources({
          consolePath: record.files.console,
          consoleBytes: loadAddressBook(record.files).consoleBytes,
          askAgent: signal => vm.guestAgent.networkInterfaces({ signal, timeoutMs: 3_000 }),
        }),
        sessions: () => vm.sessions(),
        query: (command, signal) => vm.query(command, {}, signal),
        vmAgeMs: stage.tag === 'running' ? readProcessAgeMs(stage.qemu) : 0,
        announce: (known, earlier) => {
          this.#announce(describeAddress(known, earlier));
          onAddress?.(known);
        },
        onSaveError: error =>
          log('warn', 'cannot save the address of a VM', {
            task_id: record.taskId,
            error: describeError(error),
          }),
      },
      this.#life.signal,
    );
  }

  async #watchAddresses(): Promise<void> {
    const { record, log } = this.#options;
    try {
      await this.#addresses.run();
    } catch (error) {
      log('error', "stopped to look for a VM's address", {
        task_id: record.taskId,
        error: describeError(error),
      });
    }
  }

  #announce(message: string): void {
    const now = performance.now();
    const recent = this.#announcedAtMs.filter(at => now - at < HOUR_MS);
    const isFlood = recent.length >= EVENTS_PER_HOUR;
    this.#announcedAtMs = isFlood ? recent : [...recent, now];
    if (isFlood) this.#options.note(message);
    else this.#options.announce(message);
  }
}
