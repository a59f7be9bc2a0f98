/** Who said it, in order of trust; the first two by way of the seed server. Agent and console are the guest's own word. */
export const ADDRESS_SOURCES = [
  'seed request',
  'boot report',
  'guest agent',
  'neighbour table',
  'console',
] as const;
export type AddressSource = (typeof ADDRESS_SOURCES)[number];

/** An address that one source gives a NIC. */
export interface AddressCandidate {
  /** Lower case. */
  readonly macAddress: string;
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * Which of a NIC's addresses is made known. The one that is known stays as long as the guest has it; else IPv4 comes
 * first, in the order of the source.
 *
 * @param candidates global unicast ones only.
 * @param acceptsIpv6 false while a guest may still be waiting for its IPv4 address, which takes longer to get.
 */
export function chooseAddress(
  candidates: readonly AddressCandidate[],
  nic: { readonly macAddress: string; readonly known: string | undefined },
  acceptsIpv6: boolean,
): string | undefined {
  const own = candidates.filter(({ macAddress }) => macAddress === nic.macAddress);
  const kept = own.find(({ address }) => address === nic.known);
  const chosen =
    kept ??
    own.find(({ family }) => family === 4) ??
    (acceptsIpv6 ? own.find(({ family }) => family === 6) : undefined);
  return chosen?.address;
}
