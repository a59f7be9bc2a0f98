import { BlockList } from 'node:net';

/** What reaches nobody beyond the link, or nobody at all (RFC 6890, RFC 4291). */
const NOT_GLOBAL = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  NOT_GLOBAL.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 96],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  NOT_GLOBAL.addSubnet(network, bits, 'ipv6');

/** Whether others may reach the address: private ranges count, link-local, loopback and multicast ones don't. */
export function isGlobalUnicast({
  address,
  family,
}: {
  readonly address: string;
  readonly family: 4 | 6;
}): boolean {
  return !NOT_GLOBAL.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
