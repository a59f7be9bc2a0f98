import { isIP } from 'node:net';

/** An address that the guest says it has. It is the guest's word: whoever is root in there may print anything. */
export interface ConsoleAddress {
  /** Such as `ens3` on machine `pc`; `macAddress` is the better key. */
  readonly interfaceName: string;
  /** Lower case. */
  readonly macAddress: string;
  readonly address: string;
  readonly family: 4 | 6;
}

/** What has been read of a console so far. */
export interface ConsoleScan {
  /** Those of the last boot, in the guest's order; only up, global and not of `lo`. */
  readonly addresses: readonly ConsoleAddress[];
  /** The line that has not ended yet. */
  readonly carry: string;
}

/** Where every console starts. */
export const EMPTY_CONSOLE_SCAN: ConsoleScan = { addresses: [], carry: '' };

/** More than any line of the table, with room for colours. */
const MAX_CARRY_CHARACTERS = 4_096;

/** Terminal commands: CSI (colours, cursor), OSC (titles), and the two-character ones. */
const ESCAPES = new RegExp(
  [
    '\\u001b\\[[0-?]*[ -/]*[@-~]',
    '\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)',
    '\\u001b[ -/]*[0-Z^-~]',
  ].join('|'),
  'g',
);

/** The title of cloud-init's table of interfaces, printed once a boot. */
const TABLE_TITLE = /ci-info: \++\s*Net device info\s*\++/;

/** Columns: device, up, address, mask, scope, hardware address. */
const TABLE_ROW =
  /ci-info: \|\s*([\w.:@-]+)\s*\|\s*True\s*\|\s*([\da-f:.]+)(?:\/\d+)?\s*\|[^|]*\|\s*global\s*\|\s*((?:[\da-f]{2}:){5}[\da-f]{2})\s*\|/i;

/**
 * Finds the addresses that cloud-init prints on a guest's console (`ci-info`; the same from 22.4 to 26.2).
 *
 * @param text all of a console.
 */
export function parseConsoleAddresses(text: string): readonly ConsoleAddress[] {
  return scanConsole(EMPTY_CONSOLE_SCAN, `${text}\n`).addresses;
}

/**
 * Reads on, from the next piece of a console, wherever it was cut.
 *
 * Keeps no more than one line, however much the guest prints without ending it.
 */
export function scanConsole(scan: ConsoleScan, text: string): ConsoleScan {
  const lines = `${scan.carry}${text}`.split('\n');
  const carry = (lines.pop() ?? '').slice(-MAX_CARRY_CHARACTERS);
  let { addresses } = scan;
  for (const line of lines) {
    // Most lines are of no interest, and a guest may print a great many.
    if (!line.includes('ci-info')) continue;
    const plain = line.slice(-MAX_CARRY_CHARACTERS).replaceAll(ESCAPES, '');
    if (TABLE_TITLE.test(plain)) addresses = [];
    addresses = addAddress(addresses, parseRow(plain));
  }
  return { addresses, carry };
}

function parseRow(line: string): ConsoleAddress | undefined {
  const [, interfaceName, address, mac] = TABLE_ROW.exec(line) ?? [];
  if (interfaceName === undefined || address === undefined || mac === undefined || interfaceName === 'lo')
    return undefined;
  const family = isIP(address);
  if (family !== 4 && family !== 6) return undefined;
  return { interfaceName, macAddress: mac.toLowerCase(), address: address.toLowerCase(), family };
}

/** A guest that prints row after row fills no memory. */
const MAX_ADDRESSES = 64;

function addAddress(
  addresses: readonly ConsoleAddress[],
  found: ConsoleAddress | undefined,
): readonly ConsoleAddress[] {
  if (found === undefined || addresses.length >= MAX_ADDRESSES) return addresses;
  const isKnown = addresses.some(
    ({ address, macAddress }) => address === found.address && macAddress === found.macAddress,
  );
  return isKnown ? addresses : [...addresses, found];
}
