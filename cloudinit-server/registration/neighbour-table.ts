import { readFileSync } from 'node:fs';

/** The kernel's IPv4 neighbours, in this process's network namespace. */
const ARP_PATH = '/proc/net/arp';

/** How long one reading answers for the addresses that it has: the requests of a booting guest. */
const FRESH_MS = 1_000;

/** After a reading for an address that was not there, the next such one rests so many times as long as it took. */
const REST_FACTOR = 100;

/**
 * The MAC addresses that this host has resolved an IPv4 address to, lower case; none for what is not on a network that
 * the host itself is a member of, and for IPv6. More than one when the address is used on several networks.
 */
export interface NeighbourTable {
  /** As they are at this moment. */
  read(address: string): readonly string[];
  /**
   * As they were within the last second, for what is worth a note and no more: requests that come together cost one
   * reading, and guests behind a router, who are never there, a hundredth of the time at most.
   */
  recall(address: string): readonly string[];
}

/** What the table is made of. */
export interface NeighbourTableOptions {
  /** @default {readArpTable} */
  readonly readText?: () => string;
  /** ms on a clock that nobody sets. @default that of the process */
  readonly now?: () => number;
}

/** The table of this host. The kernel makes its text from memory, in some 0.03 ms for a few neighbours. */
export function createNeighbourTable(options: NeighbourTableOptions = {}): NeighbourTable {
  const { readText = readArpTable, now = () => performance.now() } = options;
  let text = '';
  let readAt = Number.NEGATIVE_INFINITY;
  let tookMs = 0;
  const read = (address: string) => {
    const beganAt = now();
    text = readText();
    readAt = now();
    tookMs = readAt - beganAt;
    return parseArpTable(text, address);
  };
  return {
    read,
    recall: address => {
      const ageMs = now() - readAt;
      const known = ageMs < FRESH_MS ? parseArpTable(text, address) : [];
      return known.length > 0 || ageMs < tookMs * REST_FACTOR ? known : read(address);
    },
  };
}

function readArpTable(): string {
  try {
    return readFileSync(ARP_PATH, 'utf8');
  } catch {
    // A kernel without IPv4 has no such file.
    return '';
  }
}

/** Reads the table as proc_net(5) has it: address, hardware type, flags, MAC address, mask, device. */
export function parseArpTable(text: string, address: string): readonly string[] {
  return listLines(text, `${address} `)
    .map(line => line.split(/\s+/))
    .filter(([, , flags]) => isComplete(flags))
    .map(([, , , mac = '']) => mac.toLowerCase());
}

/** Lines but the first, a heading, that begin so; the text may have thousands. */
function listLines(text: string, begin: string): readonly string[] {
  const lines: string[] = [];
  const mark = `\n${begin}`;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
    const end = text.indexOf('\n', at + 1);
    lines.push(text.slice(at + 1, end === -1 ? undefined : end));
  }
  return lines;
}

/** ATF_COM: somebody answered for the address. Without it the entry is a mere question. */
function isComplete(flags: string | undefined): boolean {
  return (Number(flags) & 0x2) !== 0;
}
