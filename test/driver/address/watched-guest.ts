import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeAddress, loadAddressBook } from '../../../driver/address/address-book.ts';
import { AddressSources } from '../../../driver/address/address-sources.ts';
import { AddressWatch } from '../../../driver/address/watch-addresses.ts';
import { EventQueue } from '../../../qemu/event-queue.ts';
import type { GuestInterface } from '../../../qemu/guest-interfaces.ts';
import type { Neighbour } from '../../../qemu/neighbours.ts';
import type { QmpSession } from '../../../qemu/qmp-link.ts';
import type { QmpEvent } from '../../../qemu/qmp-message.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

export const MAC = '52:54:00:aa:bb:01';

/** A VM whose surroundings say what the test wants, and all that was said of its addresses. */
export class WatchedGuest implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly said: string[] = [];
  readonly queries: string[] = [];
  readonly files: { readonly addresses: string };
  readonly consolePath: string;
  macs: readonly string[] = [MAC];
  agent: readonly GuestInterface[] | Error | Promise<readonly GuestInterface[]> = [];
  agentCalls = 0;
  neighbours: readonly Neighbour[] = [];
  looks = 0;
  isAgentPortOpen = false;
  monitored = Promise.resolve();
  canQuery = true;
  vmAgeMs = 0;
  #events = new EventQueue<QmpEvent>(100);
  #end = new AbortController();
  #isOver = false;
  #watch: AddressWatch | undefined;
  #running: Promise<void> = Promise.resolve();

  /** @param folder with an empty file console.log. */
  constructor(folder: string) {
    this.files = { addresses: join(folder, 'addresses.json') };
    this.consolePath = join(folder, 'console.log');
  }

  /** What a plugin does that finds the VM, new or not. */
  async watch(): Promise<void> {
    this.#end = new AbortController();
    this.#events = new EventQueue(100);
    this.#isOver = false;
    const sources = new AddressSources({
      consolePath: this.consolePath,
      consoleBytes: loadAddressBook(this.files).consoleBytes,
      askAgent: async () => {
        this.agentCalls += 1;
        if (this.agent instanceof Error) throw this.agent;
        return this.agent;
      },
      readNeighbours: async () => {
        this.looks += 1;
        return this.neighbours;
      },
    });
    this.#watch = new AddressWatch(
      {
        nics: this.macs.map((macAddress, nic) => ({ nic, macAddress })),
        files: this.files,
        sources,
        sessions: () => this.#sessions(),
        query: async command => {
          if (!this.canQuery) throw new Error('qemu does not answer');
          this.queries.push(command);
          return [{ label: 'agent', 'frontend-open': this.isAgentPortOpen }];
        },
        vmAgeMs: this.vmAgeMs,
        announce: (known, earlier) => this.said.push(describeAddress(known, earlier)),
        onSaveError: error => {
          throw error;
        },
        clock: this.clock,
      },
      this.#end.signal,
    );
    this.#running = this.#watch.run();
    await settle();
  }

  async event(event: string, data: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.#events.push({ event, data, at: undefined });
    await this.clock.advance(500);
  }

  /** The seed server says where the guest asked from. */
  async ask(address: string, macAddress: string | null = MAC): Promise<void> {
    this.#watch?.hear(address, macAddress, 'seed request');
    await this.clock.advance(500);
  }

  async openAgent(interfaces: readonly GuestInterface[]): Promise<void> {
    this.agent = interfaces;
    this.isAgentPortOpen = true;
    await this.event('VSERPORT_CHANGE', { id: 'agent', open: true });
  }

  print(text: string): void {
    appendFileSync(this.consolePath, text);
  }

  /** The connection to qemu is lost, and there again. */
  async reconnect(): Promise<void> {
    this.#events.close();
    this.#events = new EventQueue(100);
    await this.clock.advance(500);
  }

  async *#sessions(): AsyncGenerator<Pick<QmpSession, 'events'>> {
    await this.monitored;
    while (!this.#isOver) {
      const events = this.#events;
      yield { events: () => events };
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#end.abort();
    this.#events.close();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export function nic(macAddress: string, ...addresses: readonly string[]): GuestInterface {
  const list = addresses.map(address => ({
    address,
    family: address.includes(':') ? (6 as const) : (4 as const),
    prefixLength: 24,
  }));
  return { name: 'ens3', macAddress, addresses: list };
}

export function row(address: string, mac = MAC): string {
  return `ci-info: | ens3 | True | ${address} | 255.255.255.0 | global | ${mac} |\n`;
}
