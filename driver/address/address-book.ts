import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { toRecord } from '../../qemu/unknown-record.ts';
import type { VmFiles } from '../../qemu/vm-files.ts';
import { ADDRESS_SOURCES, type AddressSource } from './choose-address.ts';

/** What was made known of a VM's addresses; kept beside its record, so that no plugin process says it twice. */
export interface AddressBook {
  readonly entries: readonly KnownAddress[];
  /** How far the console had been read then. */
  readonly consoleBytes: number;
}

/** The address of one NIC. */
export interface KnownAddress {
  readonly nic: number;
  readonly address: string;
  readonly source: AddressSource;
}

type BookFiles = Pick<VmFiles, 'addresses'>;

const EMPTY: AddressBook = { entries: [], consoleBytes: 0 };

/** The book as it was last saved; an empty one where there is none, or none that can be read. */
export function loadAddressBook(files: BookFiles): AddressBook {
  try {
    return parseBook(JSON.parse(readFileSync(files.addresses, 'utf8')));
  } catch {
    // ENOENT: nothing was found yet. SyntaxError: not ours; the worst is that an address is told again.
    return EMPTY;
  }
}

/** Saves atomically. @throws the system's error, such as ENOSPC. */
export function saveAddressBook(files: BookFiles, book: AddressBook): void {
  const { addresses: path } = files;
  writeFileSync(`${path}.new`, JSON.stringify(book), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function parseBook(value: unknown): AddressBook {
  const { entries, consoleBytes } = { ...toRecord(value) };
  return {
    entries: Array.isArray(entries) ? entries.flatMap(parseEntry) : [],
    consoleBytes: typeof consoleBytes === 'number' && consoleBytes >= 0 ? consoleBytes : 0,
  };
}

function parseEntry(value: unknown): readonly KnownAddress[] {
  const { nic, address, source } = { ...toRecord(value) };
  const known = ADDRESS_SOURCES.find(name => name === source);
  const isRight = typeof nic === 'number' && typeof address === 'string' && isIP(address) !== 0;
  return isRight && known !== undefined ? [{ nic, address, source: known }] : [];
}

/** What the account and the event say, such as `address 10.77.0.56 on NIC 0 (guest agent)`. */
export function describeAddress({ nic, address, source }: KnownAddress, earlier: string | undefined): string {
  const before = earlier === undefined ? '' : `, was ${earlier}`;
  return `address ${address} on NIC ${nic} (${source})${before}`;
}
