import { isIP } from 'node:net';
import { type HostKey, parseHostKey } from '../boot/host-key.ts';
import {
  type ApiProblem,
  MAX_CONSOLE_TAIL_BYTES,
  type ReportedAddress,
} from '../client/drivers-api-types.ts';
import type { ToldByDriver } from '../state/driver-report-table.ts';
import {
  collectProblems,
  describeValue,
  type Report,
  readObject,
  readText,
  reportUnknown,
} from './field-reader.ts';
import { isMacAddress } from './mac-address.ts';

/** A report that was read, or all that is wrong with it. */
export type ParsedDriverReport =
  | { readonly kind: 'parsed'; readonly reported: ToldByDriver }
  | { readonly kind: 'invalid'; readonly problems: readonly ApiProblem[] };

const FIELDS = ['alloc_id', 'address', 'console_tail', 'host_keys'] as const;
/** One of each kind is usual. */
const MAX_HOST_KEYS = 16;
const MAX_NIC = 31;

/** Reads the body of a driver's report. Lines that are no host key of a kind still in use are left out. */
export function parseDriverReport(body: unknown): ParsedDriverReport {
  const { problems, report } = collectProblems();
  const fields = readObject(body);
  if (fields === undefined) {
    report('', `is ${describeValue(body)}, wanted an object`);
    return { kind: 'invalid', problems };
  }
  reportUnknown(fields, FIELDS, report);
  const { address: givenAddress, console_tail: tail, host_keys: givenKeys } = fields;
  const allocId = readText(fields, 'alloc_id', report, text => text !== '', 'the id of an allocation');
  const address = givenAddress === undefined ? undefined : readReportedAddress(givenAddress, report);
  const hostKeys = givenKeys === undefined ? undefined : readHostKeys(givenKeys, report);
  const consoleTail = isTail(tail) ? tail : undefined;
  if (tail !== undefined && consoleTail === undefined) {
    const found = typeof tail === 'string' ? 'too long' : describeValue(tail);
    report('console_tail', `is ${found}, wanted a text of at most ${MAX_CONSOLE_TAIL_BYTES} bytes`);
  }
  if (problems.length > 0 || allocId === undefined) return { kind: 'invalid', problems };
  return {
    kind: 'parsed',
    reported: {
      allocId,
      ...(address !== undefined && { address }),
      ...(consoleTail !== undefined && { consoleTail }),
      ...(hostKeys !== undefined && { hostKeys }),
    },
  };
}

function isTail(value: unknown): value is string {
  return typeof value === 'string' && Buffer.byteLength(value) <= MAX_CONSOLE_TAIL_BYTES;
}

function readReportedAddress(value: unknown, report: Report): ReportedAddress | undefined {
  const fields = readObject(value);
  if (fields === undefined) return report('address', `is ${describeValue(value)}, wanted an object`);
  const inAddress: Report = (path, message) => report(`address.${path}`, message);
  const { nic } = fields;
  const isNic = typeof nic === 'number' && Number.isInteger(nic) && nic >= 0 && nic <= MAX_NIC;
  if (!isNic) inAddress('nic', `is ${describeValue(nic)}, wanted a number from 0 to ${MAX_NIC}`);
  const macAddress = readText(fields, 'mac_address', inAddress, isMacAddress, 'a MAC address in lower case');
  const address = readText(fields, 'address', inAddress, text => isIP(text) !== 0, 'an IP address');
  const source = readText(fields, 'source', inAddress, isSource, 'a few words such as "guest agent"');
  if (!isNic || macAddress === undefined || address === undefined || source === undefined) return undefined;
  return { nic, mac_address: macAddress, address, source };
}

function isSource(text: string): boolean {
  return /^[a-z][a-z -]{0,39}$/.test(text);
}

function readHostKeys(value: unknown, report: Report): readonly HostKey[] | undefined {
  if (!Array.isArray(value)) return report('host_keys', `is ${describeValue(value)}, wanted a list`);
  if (value.length > MAX_HOST_KEYS)
    return report('host_keys', `has ${value.length} entries, at most ${MAX_HOST_KEYS} are possible`);
  const items: readonly unknown[] = value;
  const texts = items.filter(item => typeof item === 'string');
  if (texts.length < items.length) return report('host_keys', 'has entries that are no text');
  return texts.map(parseHostKey).filter(key => key !== undefined);
}
