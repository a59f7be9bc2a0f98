import { ConsoleFollower } from '../../qemu/console-follower.ts';
import { isGlobalUnicast } from '../../qemu/global-address.ts';
import type { GuestInterface } from '../../qemu/guest-interfaces.ts';
import { hasNeighbour, type Neighbour, readNeighbours } from '../../qemu/neighbours.ts';
import type { AddressCandidate, AddressSource } from './choose-address.ts';

/** What one source says. */
export interface Testimony {
  readonly source: AddressSource;
  readonly candidates: readonly AddressCandidate[];
}

/** What is asked of the VM and the host; all of it can be faked. */
export interface AddressSourcesOptions {
  /** Absolute path of the guest's console. */
  readonly consolePath: string;
  readonly consoleBytes: number;
  readonly askAgent: (signal: AbortSignal) => Promise<readonly GuestInterface[]>;
  /** @default {readHostNeighbours} */
  readonly readNeighbours?: (
    macAddresses: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly Neighbour[]>;
}

/** The places where a guest's addresses can be learned. */
export class AddressSources {
  readonly console: ConsoleFollower;
  /** Set while the guest's agent has its port open: only then it can answer. */
  isAgentOpen = false;
  readonly #options: AddressSourcesOptions;

  constructor(options: AddressSourcesOptions) {
    this.#options = options;
    this.console = new ConsoleFollower(options.consolePath, options.consoleBytes);
  }

  /**
   * Asks one source after the other, the most trusted first; who takes what he wants need not ask on.
   *
   * @param sinceMs how long ago the search began: what the host learned before may be the address of yesterday.
   */
  async *ask(
    macAddresses: readonly string[],
    sinceMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<Testimony, void> {
    if (this.isAgentOpen) yield { source: 'guest agent', candidates: await this.#askAgent(signal) };
    const { readNeighbours: read = readHostNeighbours } = this.#options;
    const neighbours = await read(macAddresses, signal);
    const fresh = neighbours.filter(({ confirmedMsAgo }) => confirmedMsAgo <= sinceMs);
    yield {
      source: 'neighbour table',
      candidates: keepGlobal(fresh.map(neighbour => ({ ...neighbour, family: 4 }))),
    };
    yield { source: 'console', candidates: keepGlobal(this.console.look()) };
  }

  async #askAgent(signal: AbortSignal): Promise<readonly AddressCandidate[]> {
    try {
      const interfaces = await this.#options.askAgent(signal);
      return keepGlobal(
        interfaces.flatMap(({ macAddress, addresses }) =>
          macAddress === undefined ? [] : addresses.map(address => ({ macAddress, ...address })),
        ),
      );
    } catch {
      // It refuses, or is stuck: nothing to be had until it opens its port again.
      this.isAgentOpen = false;
      return [];
    }
  }
}

function keepGlobal(candidates: readonly AddressCandidate[]): readonly AddressCandidate[] {
  return candidates.filter(isGlobalUnicast);
}

/** VMs that boot at the same time share one look. */
const SHARED_MS = 900;
let shared: { readonly atMs: number; readonly neighbours: Promise<readonly Neighbour[]> } | undefined;

/** The neighbours of this host; those of other MAC addresses may be among them. */
async function readHostNeighbours(macAddresses: readonly string[]): Promise<readonly Neighbour[]> {
  if (!(await hasNeighbour(macAddresses))) return [];
  const now = performance.now();
  // Whose signal would it be? It has a deadline of its own.
  if (shared === undefined || now - shared.atMs > SHARED_MS)
    shared = { atMs: now, neighbours: readNeighbours(new AbortController().signal) };
  return shared.neighbours;
}
