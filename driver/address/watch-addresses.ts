import { isIP } from 'node:net';
import { isAgentPortOpen, readAgentPortChange } from '../../qemu/agent-port.ts';
import type { QmpEvent } from '../../qemu/qmp-connection.ts';
import type { QmpSession } from '../../qemu/qmp-link.ts';
import type { VmFiles } from '../../qemu/vm-files.ts';
import { type KnownAddress, loadAddressBook, saveAddressBook } from './address-book.ts';
import type { AddressSources, HeardAddress } from './address-sources.ts';
import { chooseAddress } from './choose-address.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import {
  type AddressSearch,
  acceptsIpv6,
  continueSearch,
  nextLookMs,
  type SearchReason,
  startSearch,
} from './search.ts';

/** The NICs of a VM and the one who is told their addresses. */
export interface AddressWatchOptions {
  readonly nics: readonly { readonly nic: number; readonly macAddress: string }[];
  readonly files: Pick<VmFiles, 'addresses'>;
  readonly sources: AddressSources;
  /** What qemu reports, one connection after the other; ends with the VM. */
  readonly sessions: () => AsyncIterable<Pick<QmpSession, 'events'>>;
  /** Asks qemu. Fails where qemu cannot be talked to. */
  readonly query: (command: string, signal: AbortSignal) => Promise<unknown>;
  /** How long ago the VM was started. */
  readonly vmAgeMs: number;
  /** Is told each new address once, over restarts of the plugin too. */
  readonly announce: (known: KnownAddress, earlier: string | undefined) => void;
  /** Is told that an address could not be saved, so that it may be announced again. */
  readonly onSaveError: (error: unknown) => void;
  /** @default {SYSTEM_CLOCK} */
  readonly clock?: Clock;
}

/** After something that the guest did, and may do as often as it likes. */
const HINT_SETTLE_MS = 5_000;
const GAP_MS = 500;
const QUERY_MS = 2_000;

/**
 * Finds out the guest's addresses and tells each once.
 *
 *   start ──► searching ──► settled: no timer, no look
 *                 ▲            │  the guest reboots, its agent opens its port, a NIC is set up anew
 *                 └────────────┘
 */
export class AddressWatch {
  readonly #options: AddressWatchOptions;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #known: Map<number, KnownAddress>;
  #search: AddressSearch;
  /** While a look is under way: what happened since may not be in its answers. */
  #isLooking = false;
  #lookNotBeforeMs = 0;
  #wake = Promise.withResolvers<void>();

  constructor(options: AddressWatchOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#known = new Map(loadAddressBook(options.files).entries.map(entry => [entry.nic, entry]));
    const startedAtMs = this.#clock.nowMs() - (this.#known.size === 0 ? options.vmAgeMs : 0);
    this.#search = startSearch(
      this.#known.size === 0 ? 'start' : 'plugin-restart',
      this.#nics(),
      startedAtMs,
    );
    signal.addEventListener('abort', () => this.#wake.resolve(), { once: true });
  }

  /** Watches until the signal aborts. */
  async run(): Promise<void> {
    if (this.#options.nics.length === 0) return;
    const asked = this.#readAgentPort();
    // Ends with the VM, maybe later than the watch; whoever else listens reports what goes wrong there.
    this.#listen(asked).catch(() => undefined);
    await asked;
    await this.#searchOn();
  }

  /** The seed server heard the guest at this address. Without a MAC address it counts for a VM with one NIC. */
  hear(address: string, macAddress: string | null, source: HeardAddress['source']): void {
    const { nics, sources } = this.#options;
    const nic =
      macAddress === null && nics.length === 1 ? nics[0] : nics.find(each => each.macAddress === macAddress);
    const family = isIP(address);
    if (nic === undefined || (family !== 4 && family !== 6)) return;
    sources.hear({ candidate: { macAddress: nic.macAddress, address, family }, source });
    this.#begin('guest-hint', 0);
  }

  /** Takes qemu's word that it is worth looking again. Looks too for what it said while nobody listened. */
  async #listen(asked: Promise<boolean>): Promise<void> {
    let wasAsked = asked;
    for await (const session of this.#options.sessions()) {
      const taking = this.#takeAll(session.events());
      if (!(await wasAsked) && (await this.#readAgentPort())) this.#begin('guest-hint', 0);
      wasAsked = Promise.resolve(false);
      await taking;
    }
  }

  async #takeAll(events: AsyncIterable<QmpEvent>): Promise<void> {
    for await (const event of events) {
      if (this.#signal.aborted) return;
      this.#take(event);
    }
  }

  /** Looks until all is found, then waits for a reason to look again. */
  async #searchOn(): Promise<void> {
    while (!this.#signal.aborted) {
      this.#wake = Promise.withResolvers();
      const { promise: reason } = this.#wake;
      await this.#pause(this.#lookNotBeforeMs - this.#clock.nowMs());
      await this.#look();
      this.#lookNotBeforeMs = Math.max(this.#lookNotBeforeMs, this.#clock.nowMs() + GAP_MS);
      const waitMs = nextLookMs(this.#search, this.#clock.nowMs());
      if (waitMs !== undefined) await this.#pause(waitMs, reason);
      else {
        await this.#rearmFilterEvent();
        await reason;
      }
    }
  }

  #take(event: QmpEvent): void {
    const { sources } = this.#options;
    const isOpen = readAgentPortChange(event);
    if (isOpen !== undefined) sources.setAgentOpen(isOpen);
    const isReset = event.event === 'RESET';
    const isFilter = event.event === 'NIC_RX_FILTER_CHANGED';
    if (!isReset && !isFilter && isOpen !== true) return;
    sources.forgetHeard();
    if (isReset) sources.console.restart();
    this.#begin(isReset ? 'guest-reboot' : 'guest-hint', isFilter ? HINT_SETTLE_MS : 0);
  }

  /** A search that is under way goes on, its reason is the better one; but one that is about to end begins anew. */
  #begin(reason: SearchReason, settleMs: number): void {
    const now = this.#clock.nowMs();
    this.#lookNotBeforeMs = Math.max(this.#lookNotBeforeMs, now + settleMs);
    if (reason === 'guest-reboot' || this.#isLooking || this.#search.pending.size === 0)
      this.#search = startSearch(reason, this.#nics(), now);
    this.#wake.resolve();
  }

  async #look(): Promise<void> {
    const search = this.#search;
    this.#isLooking = true;
    const found = await this.#ask(search);
    this.#isLooking = false;
    if (search !== this.#search) return;
    this.#search = continueSearch(search, found, [...this.#known.keys()], this.#clock.nowMs());
  }

  /** Asks the sources once, and takes note of what they say. Returns the NICs whose address they know. */
  async #ask(search: AddressSearch): Promise<readonly number[]> {
    const { nics, sources } = this.#options;
    const wanted = nics.filter(({ nic }) => search.pending.has(nic));
    const found = new Set<number>();
    const macAddresses = wanted.map(({ macAddress }) => macAddress);
    const nowMs = this.#clock.nowMs();
    const { startedAtMs } = search;
    for await (const { source, candidates } of sources.ask(
      macAddresses,
      { nowMs, startedAtMs },
      this.#signal,
    )) {
      for (const { nic, macAddress } of wanted.filter(each => !found.has(each.nic))) {
        const known = this.#known.get(nic)?.address;
        const address = chooseAddress(candidates, { macAddress, known }, acceptsIpv6(search, nowMs));
        if (address === undefined) continue;
        found.add(nic);
        this.#learn({ nic, address, source });
      }
      if (this.#signal.aborted || found.size === wanted.length) break;
    }
    return [...found];
  }

  /** On disk first: a plugin that dies in between says nothing rather than everything twice. */
  #learn(found: KnownAddress): void {
    const earlier = this.#known.get(found.nic);
    if (earlier?.address === found.address && earlier.source === found.source) return;
    this.#known.set(found.nic, found);
    const { files, sources, announce, onSaveError } = this.#options;
    const entries = [...this.#known.values()].sort((a, b) => a.nic - b.nic);
    try {
      saveAddressBook(files, { entries, consoleBytes: sources.console.offset });
    } catch (error) {
      onSaveError(error);
    }
    if (earlier?.address !== found.address) announce(found, earlier?.address);
  }

  /** Events of before we listened are lost; qemu knows the state. False when it does not answer. */
  async #readAgentPort(): Promise<boolean> {
    const answer = await this.#query('query-chardev');
    if (isAgentPortOpen(answer)) this.#options.sources.setAgentOpen(true);
    return answer !== undefined;
  }

  /** qemu reports one change of a NIC's filter, then none until it was asked for the filter. */
  async #rearmFilterEvent(): Promise<void> {
    await this.#query('query-rx-filter');
  }

  async #query(command: string): Promise<unknown> {
    try {
      return await this.#options.query(
        command,
        AbortSignal.any([this.#signal, AbortSignal.timeout(QUERY_MS)]),
      );
    } catch {
      // qemu cannot be talked to, or has no NIC that tells: one hint less.
      return undefined;
    }
  }

  /** Until the time is over, the reason to look comes, or the watch ends. */
  async #pause(ms: number, reason?: Promise<void>): Promise<void> {
    if (ms <= 0 || this.#signal.aborted) return;
    const end = new AbortController();
    const signal = AbortSignal.any([this.#signal, end.signal]);
    const timer = this.#clock.wait(ms, signal);
    await Promise.race(reason === undefined ? [timer] : [timer, reason]);
    end.abort();
  }

  #nics(): readonly number[] {
    return this.#options.nics.map(({ nic }) => nic);
  }
}
