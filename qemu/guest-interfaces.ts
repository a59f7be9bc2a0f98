import { isIP } from 'node:net';
import { toRecord } from './unknown-record.ts';

/** One network interface inside the guest. */
export interface GuestInterface {
  readonly name: string;
  /** Lower case; undefined for an interface without one. */
  readonly macAddress: string | undefined;
  readonly addresses: readonly GuestAddress[];
}

/** An address as the guest has it. */
export interface GuestAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly prefixLength: number;
}

/** Reads the answer of guest-network-get-interfaces, dropping what is malformed: it is the guest's word. */
export function parseGuestInterfaces(answer: unknown): readonly GuestInterface[] {
  return toList(answer).flatMap(item => {
    const entry = toRecord(item);
    if (typeof entry?.name !== 'string') return [];
    const mac = entry['hardware-address'];
    return [
      {
        name: entry.name,
        macAddress: typeof mac === 'string' ? mac.toLowerCase() : undefined,
        addresses: toList(entry['ip-addresses']).flatMap(parseAddress),
      },
    ];
  });
}

function parseAddress(item: unknown): readonly GuestAddress[] {
  const { 'ip-address': address, prefix: prefixLength } = { ...toRecord(item) };
  if (typeof address !== 'string' || typeof prefixLength !== 'number') return [];
  const family = isIP(address);
  return family === 4 || family === 6 ? [{ address, family, prefixLength }] : [];
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
