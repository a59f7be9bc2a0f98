import { statSync } from 'node:fs';
import type { AddressSource, DriversApi, ReportedAddress, VmEvent } from '../../cloudinit-server/client.ts';
import { readProcessAgeMs } from '../../qemu/process-identity.ts';
import { loadAddressBook } from '../address/address-book.ts';
import { describeError, type Log } from '../plugin-log.ts';
import type { RunningRecord, TaskRegistration } from '../task-record.ts';
import type { StopCause } from '../task-state.ts';
import type { TaskVoice } from '../task-voice.ts';
import { readConsoleReport } from './console-report.ts';
import { FinishWatch } from './finish-watch.ts';
import { loadSeedBook, type SeedBook, saveSeedBook } from './seed-book.ts';
import { SeedReporter } from './seed-reporter.ts';
import { takeEvent } from './take-event.ts';

/** A task's side: what it knows, and what it is told. */
export interface RegisteredVmOptions {
  readonly record: RunningRecord;
  readonly registration: TaskRegistration;
  readonly voice: Pick<TaskVoice, 'note' | 'announce'>;
  /** The server heard the guest at this address; the MAC address is null where it cannot see it. */
  readonly hearAddress: (address: string, macAddress: string | null, source: AddressSource) => void;
  /** The task has to end because of its cloud-init. */
  readonly fail: (cause: StopCause) => void;
}

/** The plugin's side. */
export interface SeedServer {
  /** @throws DriverError while it cannot be used. */
  readonly api: () => DriversApi;
  /** Whether it answered when it was last asked for events. */
  readonly isConnected: () => boolean;
  /** Hears all that it knows by now; false while it does not answer. */
  readonly catchUp: (signal: AbortSignal) => Promise<boolean>;
  readonly registerAgain: (vm: RegisteredVmOptions, signal: AbortSignal) => Promise<boolean>;
  readonly log: Log;
}

/** A guest that has not finished in this time is no longer followed by its console. */
const FOLLOW_MS = 30 * 60_000;
/** The end of cloud-init is printed after it was reported. */
const LOOKS_AFTER_END = 2;
const LAST_WORDS_MS = 3_000;
/** Ten minutes. */
const TICKS_BETWEEN_SIGNS = 60;

/** A VM that runs and that the seed server knows: events come in, reports go out, until it ends. */
export class RegisteredVm {
  readonly #options: RegisteredVmOptions;
  readonly #server: SeedServer;
  readonly #life = new AbortController();
  readonly #reporter: SeedReporter;
  readonly #finish: FinishWatch | undefined;
  readonly #finishing: Promise<void> | undefined;
  #book: SeedBook;
  #consoleBytes = 0;
  #looksLeft = Number.POSITIVE_INFINITY;
  #ticks = 0;

  constructor(options: RegisteredVmOptions, server: SeedServer) {
    this.#options = options;
    this.#server = server;
    const { identity, allocId, files } = options.record;
    this.#reporter = new SeedReporter({
      vm: { identity, allocId },
      api: server.api,
      registerAgain: signal => server.registerAgain(options, signal),
      log: server.log,
    });
    this.#book = loadSeedBook(files);
    if (this.#book.outcome !== undefined) this.#looksLeft = 0;
    this.#finish = this.#watchFinish();
    this.#finishing = this.#finish?.run(this.#life.signal);
    this.#reportAll();
  }

  /** Which node's events it needs. */
  get node(): string {
    return this.#options.registration.node;
  }

  isAbout({ identity, alloc_id }: Pick<VmEvent, 'identity' | 'alloc_id'>): boolean {
    const { record } = this.#options;
    return record.identity === identity && record.allocId === alloc_id;
  }

  /** Takes what the server tells; an event of before does nothing. */
  take(event: VmEvent): void {
    const { voice, hearAddress } = this.#options;
    const taken = takeEvent(this.#book, event);
    if (taken === undefined) return;
    const { book, line, isShown } = taken;
    // On disk first: a plugin that dies in between says nothing rather than everything twice.
    this.#save(book);
    if (line !== undefined) (isShown ? voice.announce : voice.note)(line);
    if (event.kind === 'address') hearAddress(event.address, event.mac_address, event.source);
    if (book.outcome !== undefined && this.#looksLeft > LOOKS_AFTER_END) this.#looksLeft = LOOKS_AFTER_END;
    this.#finish?.look();
    if (event.kind !== 'address') this.#reportConsole();
  }

  /** Tells the server an address that was found. */
  reportAddress(address: ReportedAddress): void {
    this.#reporter.addAddress(address);
    this.#flush();
  }

  /**
   * The server answers, for the first time or again: it is told all that is known.
   *
   * @param hasForgotten whether it counts its events anew.
   */
  meet(hasForgotten: boolean): void {
    if (hasForgotten) this.#save({ ...this.#book, cursor: 0 });
    this.#reportAll();
  }

  #reportAll(): void {
    const { record } = this.#options;
    for (const { nic, address, source } of loadAddressBook(record.files).entries)
      this.#reporter.addAddress({ nic, mac_address: record.macAddresses[nic] ?? '', address, source });
    this.#flush();
  }

  /**
   * Is called every ten seconds: what the guest has printed meanwhile is told while it boots. Now and then all is told
   * again, as the server may have lost it, or taken it for another allocation's that is gone by now.
   */
  tick(): void {
    this.#ticks += 1;
    if (this.#ticks % TICKS_BETWEEN_SIGNS === 0) {
      this.#reporter.addSign();
      this.#reportAll();
    }
    if (this.#looksLeft > 0 && this.#isYoung()) {
      this.#looksLeft -= 1;
      this.#reportConsole();
    } else this.#flush();
  }

  /** The VM has ended: its last words are told. Resolves when that is done, or cannot be. */
  async end(): Promise<void> {
    await this.release();
    const { console } = this.#options.record.files;
    if (!this.#server.isConnected() || sizeOf(console) === this.#consoleBytes) return;
    this.#reporter.addConsole(readConsoleReport(console));
    await this.#reporter.flush(AbortSignal.timeout(LAST_WORDS_MS));
  }

  /** Lets go of the VM, which runs on. Resolves when nothing is under way. */
  async release(): Promise<void> {
    this.#life.abort();
    await Promise.all([this.#finishing, this.#reporter.flush(this.#life.signal)]);
  }

  #isYoung(): boolean {
    return this.#readAgeMs() < FOLLOW_MS;
  }

  #readAgeMs(): number {
    return readProcessAgeMs(this.#options.record.stage.qemu);
  }

  #reportConsole(): void {
    const { console } = this.#options.record.files;
    const bytes = sizeOf(console);
    if (bytes !== this.#consoleBytes) this.#reporter.addConsole(readConsoleReport(console));
    this.#consoleBytes = bytes;
    this.#flush();
  }

  #flush(): void {
    if (this.#server.isConnected()) void this.#reporter.flush(this.#life.signal);
  }

  #watchFinish(): FinishWatch | undefined {
    const { registration, fail } = this.#options;
    const { mustFinishWithinMs } = registration;
    if (mustFinishWithinMs === undefined) return undefined;
    return new FinishWatch({
      readBook: () => this.#book,
      readAgeMs: () => this.#readAgeMs(),
      mustFinishWithinMs,
      catchUp: this.#server.catchUp,
      fail,
    });
  }

  #save(book: SeedBook): void {
    this.#book = book;
    try {
      saveSeedBook(this.#options.record.files, book);
    } catch (error) {
      this.#server.log('warn', 'cannot save what was heard of a VM', {
        task_id: this.#options.record.taskId,
        error: describeError(error),
      });
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
