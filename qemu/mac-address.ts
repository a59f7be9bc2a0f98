import { createHash } from 'node:crypto';

const SIX_PAIRS = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/;

/**
 * Reads a unicast MAC address in any case, with `:` or `-` between its pairs.
 *
 * @returns lower case, colons.
 * @throws {RangeError} telling which rule the text breaks.
 */
export function parseMacAddress(text: string): string {
  const lower = text.toLowerCase();
  if (!SIX_PAIRS.test(lower))
    throw new RangeError(explain(text, 'must be six hexadecimal pairs, such as "52:54:00:12:34:56"'));
  const macAddress = lower.replaceAll('-', ':');
  if (macAddress === '00:00:00:00:00:00') throw new RangeError(explain(text, 'must not be all zero'));
  if (macAddress === 'ff:ff:ff:ff:ff:ff')
    throw new RangeError(explain(text, 'must not be the broadcast address'));
  // The lowest bit of the first byte marks a group of stations.
  if (Number.parseInt(macAddress.slice(0, 2), 16) % 2 === 1) {
    throw new RangeError(
      explain(text, "must be unicast, so its first pair must be even: a multicast address cannot be a NIC's"),
    );
  }
  return macAddress;
}

/**
 * The MAC address of NIC number `nicIndex` of the VM that `identity` names: `52:54:00` (qemu's own prefix) and the first
 * three bytes of SHA-256 of `mac:<identity>:<nicIndex>`.
 *
 * The rule is documented to users, who write DHCP reservations before the VM exists. It must never change.
 */
export function deriveMacAddress(identity: string, nicIndex: number): string {
  const digest = createHash('sha256').update(`mac:${identity}:${nicIndex}`).digest('hex');
  return `52:54:00:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
}

function explain(text: string, wanted: string): string {
  return `Cannot use "${text}" as a MAC address: it ${wanted}`;
}
