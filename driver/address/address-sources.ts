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

/** Where the seed server heard a guest. */
export interface HeardAddress {
  readonly candidate: AddressCandidate;
  readonly source: 'seed request' | 'boot report';
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

/** An agent that refuses, or is stuck, is left alone for so long; each time for twice as long, until it starts again. */
const AGENT_REST_MS = { first: 10_000, most: 5 * 60_000 };

/** What is known of the guest's agent. */
type AgentPort =
  | { readonly tag: 'closed' }
  | { readonly tag: 'open'; readonly askFromMs: number; readonly restMs: number };

/** The places where a guest's addresses can be learned. */
export class AddressSources {
  readonly console: ConsoleFollower;
  readonly #options: AddressSourcesOptions;
  #heard: readonly HeardAddress[] = [];
  #agentPort: AgentPort = { tag: 'closed' };

  constructor(options: AddressSourcesOptions) {
    this.#options = options;
    this.console = new ConsoleFollower(options.consolePath, options.consoleBytes);
  }

  /** Takes note of the guest's agent opening or closing its port: only while it is open it can answer. */
  setAgentOpen(isOpen: boolean): void {
    this.#agentPort = isOpen
      ? { tag: 'open', askFromMs: Number.NEGATIVE_INFINITY, restMs: AGENT_REST_MS.first }
      : { tag: 'closed' };
  }

  /** Takes note of where the seed server heard the guest. It may have moved on once it restarts, or its NIC is set up anew. */
  hear(heard: HeardAddress): void {
    const { macAddress } = heard.candidate;
    this.#heard = [...this.#heard.filter(({ candidate }) => candidate.macAddress !== macAddress), heard];
  }

  /** What was heard is of before. */
  forgetHeard(): void {
    this.#heard = [];
  }

  /**
   * Asks one source after the other, the most trusted first; who takes what he wants need not ask on.
   *
   * @param search when it began, by the clock of `nowMs`: what the host learned before may be the address of yesterday.
   */
  async *ask(
    macAddresses: readonly string[],
    { nowMs, startedAtMs }: { readonly nowMs: number; readonly startedAtMs: number },
    signal: AbortSignal,
  ): AsyncGenerator<Testimony, void> {
    for (const { source, candidate } of this.#heard) yield { source, candidates: keepGlobal([candidate]) };
    if (this.#agentPort.tag === 'open' && nowMs >= this.#agentPort.askFromMs) {
      yield { source: 'guest agent', candidates: await this.#askAgent(this.#agentPort, nowMs, signal) };
    }
    const { readNeighbours: read = readHostNeighbours } = this.#options;
    const neighbours = await read(macAddresses, signal);
    const fresh = neighbours.filter(({ confirmedMsAgo }) => confirmedMsAgo <= nowMs - startedAtMs);
    yield {
      source: 'neighbour table',
      candidates: keepGlobal(fresh.map(neighbour => ({ ...neighbour, family: 4 }))),
    };
    yield { source: 'console', candidates: keepGlobal(this.console.look()) };
  }

  async #askAgent(
    port: AgentPort & { readonly tag: 'open' },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<readonly AddressCandidate[]> {
    try {
      const interfaces = await this.#options.askAgent(signal);
      return keepGlobal(
        interfaces.flatMap(({ macAddress, addresses }) =>
          macAddress === undefined ? [] : addresses.map(address => ({ macAddress, ...address })),
        ),
      );
    } catch {
      // It refuses, is stuck, or has just ended; one that opened its port since then is asked at once.
      if (this.#agentPort === port) {
        const restMs = Math.min(2 * port.restMs, AGENT_REST_MS.most);
        this.#agentPort = { tag: 'open', askFromMs: nowMs + port.restMs, restMs };
      }
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
