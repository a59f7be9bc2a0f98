import { readFileSync } from 'node:fs';

/** The kernel's IPv4 neighbours, in this process's network namespace. */
const ARP_PATH = '/proc/net/arp';

/**
 * The MAC addresses that this host has resolved an IPv4 address to, lower case; none for what is not on a network that
 * the host itself is a member of, and for IPv6. More than one when the address is used on several networks.
 *
 * Read anew each time: the kernel makes it from memory, in some 0.03 ms.
 */
export function readNeighbourMacs(address: string, path: string = ARP_PATH): readonly string[] {
  try {
    return parseArpTable(readFileSync(path, 'utf8'), address);
  } catch {
    // A kernel without IPv4 has no such file.
    return [];
  }
}

/** Reads the table as proc_net(5) has it: address, hardware type, flags, MAC address, mask, device. */
export function parseArpTable(text: string, address: string): readonly string[] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${address} `))
    .map(line => line.split(/\s+/))
    .filter(([, , flags]) => isComplete(flags))
    .map(([, , , mac = '']) => mac.toLowerCase());
}

/** ATF_COM: somebody answered for the address. Without it the entry is a mere question. */
function isComplete(flags: string | undefined): boolean {
  return (Number(flags) & 0x2) !== 0;
}
