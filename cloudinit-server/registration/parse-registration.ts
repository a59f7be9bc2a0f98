import { type ApiProblem, DELIVERIES } from '../client/drivers-api-types.ts';
import { parseServerUrl } from '../client/server-url.ts';
import { readMessage } from '../errors.ts';
import { INSTANCE_ID_POLICIES } from '../render/instance-id.ts';
import { isVariableValue } from '../render/variables.ts';
import { buildSeedPath, ROOT_SEED } from '../seed-path.ts';
import type { OwnFiles, RegistrationFacts } from '../state/registration-table.ts';
import {
  collectProblems,
  describeValue,
  type Report,
  readObject,
  readText,
  readWord,
  reportUnknown,
} from './field-reader.ts';
import { parseIdentity } from './identity.ts';
import { isMacAddress } from './mac-address.ts';
import { readOwnFiles } from './read-own-files.ts';

/** A registration that was read, or all that is wrong with it. */
export type ParsedRegistration =
  | { readonly kind: 'parsed'; readonly facts: RegistrationFacts; readonly files: OwnFiles }
  | { readonly kind: 'invalid'; readonly problems: readonly ApiProblem[] };

const FIELDS = [
  'seed',
  'files',
  'mac_addresses',
  'uuid',
  'namespace',
  'job',
  'group',
  'task',
  'index',
  'alloc_id',
  'node',
  'instance_id',
  'delivery',
  'guest_url',
] as const;

/** qemu has no room for more. */
const MAX_NICS = 32;
/** Characters of one of Nomad's names. */
const MAX_NAME_LENGTH = 128;
const MAX_INDEX = 1_000_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Reads the body of a registration. Everything that seeds can name as a variable is held to letters, digits and a few
 * marks, so that no value can change what a seed means.
 *
 * @param identity as it stands in the path, decoded
 */
export function parseRegistration(identity: string, body: unknown): ParsedRegistration {
  const { problems, report } = collectProblems();
  const invalid = { kind: 'invalid', problems } as const;
  const fields = readObject(body);
  if (fields === undefined) {
    report('', `is ${describeValue(body)}, wanted an object`);
    return invalid;
  }
  reportUnknown(fields, FIELDS, report);
  if (parseIdentity(identity) === undefined) {
    report(
      'identity',
      `is ${describeValue(identity)}, wanted NAMESPACE/JOB/GROUP/TASK/INDEX or NAMESPACE/NAME`,
    );
  }
  const name = (path: string) => readText(fields, path, report, isName, NAME_RULE);
  const facts = {
    identity,
    allocId: readText(fields, 'alloc_id', report, isAllocId, 'the id of an allocation'),
    node: name('node'),
    macAddresses: readMacAddresses(fields['mac_addresses'], report),
    uuid: readText(fields, 'uuid', report, text => UUID.test(text), 'a UUID in lower case'),
    namespace: name('namespace'),
    job: name('job'),
    group: name('group'),
    task: name('task'),
    index: readIndex(fields['index'], report),
    instanceIdPolicy: readWord(fields, 'instance_id', report, INSTANCE_ID_POLICIES),
    delivery: readWord(fields, 'delivery', report, DELIVERIES),
    guestUrl: readGuestUrl(fields['guest_url'], report),
  };
  const seedPath = readSeed(fields['seed'], report);
  const files = readOwnFiles(fields['files'], report);
  if (fields['seed'] === null && files !== undefined && Object.keys(files).length === 0) {
    report(
      'seed',
      'is null and "files" is empty, so there is nothing to give to the guest; name a seed or add files',
    );
  }
  if (problems.length > 0 || files === undefined || !isComplete(facts)) return invalid;
  return { kind: 'parsed', facts: { ...facts, seedPath }, files };
}

type Complete<T> = { readonly [Key in keyof T]: Exclude<T[Key], undefined> };

function isComplete<T extends object>(facts: T): facts is T & Complete<T> {
  return Object.values(facts).every(value => value !== undefined);
}

function isAllocId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text);
}

const NAME_RULE = `1 to ${MAX_NAME_LENGTH} letters, digits or any of . _ / : + @ ~ = -, beginning with a letter, a digit or _`;

function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && isVariableValue(text);
}

function readMacAddresses(value: unknown, report: Report): readonly string[] | undefined {
  if (!Array.isArray(value)) return report('mac_addresses', `is ${describeValue(value)}, wanted a list`);
  if (value.length > MAX_NICS)
    return report('mac_addresses', `has ${value.length} entries, at most ${MAX_NICS} are possible`);
  const items: readonly unknown[] = value;
  const valid = items.filter(item => typeof item === 'string').filter(isMacAddress);
  if (valid.length === items.length) return valid;
  for (const [index, item] of items.entries()) {
    if (typeof item === 'string' && isMacAddress(item)) continue;
    const wanted = 'wanted a unicast MAC address in lower case, such as "52:54:00:12:34:56"';
    report(`mac_addresses[${index}]`, `is ${describeValue(item)}, ${wanted}`);
  }
  return undefined;
}

function readIndex(value: unknown, report: Report): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_INDEX) return value;
  return report('index', `is ${describeValue(value)}, wanted a whole number from 0 to ${MAX_INDEX}`);
}

function readSeed(value: unknown, report: Report): string | undefined {
  if (value === null) return undefined;
  const wanted = 'wanted folder names joined by "/", "." for the root of the seeds folder, or null';
  if (typeof value !== 'string') return report('seed', `is ${describeValue(value)}, ${wanted}`);
  if (value === ROOT_SEED || buildSeedPath(value.split('/')) === value) return value;
  return report('seed', `is ${describeValue(value)}, which no seed can be called; ${wanted}`);
}

function readGuestUrl(value: unknown, report: Report): string | undefined {
  if (typeof value !== 'string') return report('guest_url', `is ${describeValue(value)}, wanted a URL`);
  try {
    return parseServerUrl(value).href.replace(/\/+$/, '');
  } catch (error) {
    return report('guest_url', readMessage(error));
  }
}
