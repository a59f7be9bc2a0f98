import type { DriverReport, DriversApi, ReportedAddress } from '../../cloudinit-server/client.ts';
import type { Log } from '../plugin-log.ts';
import type { ConsoleReport } from './console-report.ts';
import type { Registered } from './departures.ts';

/** Whose reports go where. */
export interface ReporterOptions {
  readonly vm: Registered;
  /** @throws DriverError while it cannot be used. */
  readonly api: () => DriversApi;
  /** The server knows nothing of the VM. Returns whether it does now. */
  readonly registerAgain: (signal: AbortSignal) => Promise<boolean>;
  readonly log: Log;
}

/**
 * Tells the seed server what is seen of one VM. What could not be told is kept, the newest of each kind, until somebody
 * calls `flush` again.
 */
export class SeedReporter {
  readonly #options: ReporterOptions;
  readonly #addresses = new Map<number, ReportedAddress>();
  #console: ConsoleReport | undefined;
  #isSignDue = false;
  #isFlushing = false;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  addAddress(address: ReportedAddress): void {
    this.#addresses.set(address.nic, address);
  }

  addConsole(console: ConsoleReport): void {
    this.#console = console;
  }

  /** The VM is there, whatever else there is to tell. */
  addSign(): void {
    this.#isSignDue = true;
  }

  /** Sends what is to be sent. Never fails; a second call joins the first. */
  flush(signal: AbortSignal): Promise<void> {
    if (!this.#isFlushing) this.#flushing = this.#flush(signal);
    return this.#flushing;
  }

  /** Looks for more and says that it has ended in one step: whoever comes in between would be forgotten. */
  async #flush(signal: AbortSignal): Promise<void> {
    this.#isFlushing = true;
    let hasRegistered = false;
    try {
      while (!signal.aborted) {
        const next = this.#next();
        if (next === undefined) return;
        const result = await this.#send(next.report, signal);
        if (result === 'unknown' && !hasRegistered) {
          hasRegistered = await this.#options.registerAgain(signal);
          if (hasRegistered) continue;
        }
        if (result === 'later' || result === 'unknown') return;
        next.done();
      }
    } finally {
      this.#isFlushing = false;
    }
  }

  /** One report, and what to forget once it was taken: what came meanwhile is newer and stays. */
  #next(): { readonly report: DriverReport; readonly done: () => void } | undefined {
    const { allocId: alloc_id } = this.#options.vm;
    const [address] = this.#addresses.values();
    const console = this.#console;
    if (address === undefined && console === undefined && !this.#isSignDue) return undefined;
    return {
      report: {
        alloc_id,
        ...(address !== undefined && { address }),
        ...(console !== undefined && { console_tail: console.tail }),
        ...(console !== undefined && console.hostKeys.length > 0 && { host_keys: console.hostKeys }),
      },
      done: () => {
        if (address !== undefined && this.#addresses.get(address.nic) === address)
          this.#addresses.delete(address.nic);
        if (this.#console === console) this.#console = undefined;
        this.#isSignDue = false;
      },
    };
  }

  async #send(report: DriverReport, signal: AbortSignal): Promise<'done' | 'later' | 'unknown'> {
    const { vm, api, log } = this.#options;
    try {
      const result = await api().report(vm.identity, report, signal);
      switch (result.kind) {
        case 'reported':
          return 'done';
        case 'unknown':
          return 'unknown';
        case 'allocation-other':
          // Nomad runs the VM elsewhere too. Should that one go, a later sign has this one registered again.
          return 'done';
        case 'invalid':
          log('warn', 'the seed server does not take a report', {
            identity: vm.identity,
            reason: result.reason,
          });
          return 'done';
        case 'refused':
        case 'unreachable':
          return 'later';
      }
    } catch {
      // The plugin lets go of the VM, or the token cannot be read: the feed has said so.
      return 'later';
    }
  }
}
