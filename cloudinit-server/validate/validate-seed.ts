import { isUtf8 } from 'node:buffer';
import { MAX_SEED_FILE_BYTES } from '../read-seed-file.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import { readConfigFile } from './config-file.ts';
import type { Finding } from './finding.ts';
import { checkMetaData } from './meta-data-rules.ts';
import { placeProblems, placeText, placeWhole, placeYamlError } from './place-problems.ts';
import { isMap, type YamlMap } from './record.ts';
import type { SchemaSet } from './schema/schema-set.ts';
import { findPrivateKeys } from './text-rules.ts';
import { readUserDataKind } from './user-data-kind.ts';
import { type GuestFiles, validateConfig } from './validate-config.ts';
import { validateNetworkConfig } from './validate-network-config.ts';
import { findVariableProblems } from './variable-rules.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

/** A seed's files as they are on the disk; one that is not there is left out. */
export type SeedContents = Readonly<Partial<Record<SeedFile, Buffer>>>;

/** How to judge a seed. */
export interface ValidateSeedOptions {
  readonly schemas: SchemaSet;
  /** What the guest has, such as "22.4.2". @default the newest that this program knows */
  readonly guestVersion?: string | undefined;
  /** What the guest is given of each file, with what goes under the author's. @default the files themselves */
  readonly given?: SeedContents | undefined;
  /** Whether the files go under those of several VMs. @default {false} */
  readonly isShared?: boolean;
  /** Whether a driver has told what it knows of the VM. @default {false} */
  readonly isRegistered?: boolean;
}

/**
 * Everything that can be known to be wrong with a seed before a guest boots with it: file by file, from the top, one
 * finding for each mistake. Pure, and never throws, whatever the files hold. Messages never quote a password or a key.
 */
export function validateSeed(files: SeedContents, options: ValidateSeedOptions): readonly Finding[] {
  const unreadable = SEED_FILES.flatMap(file => checkBytes(file, files[file]));
  const read = (file: SeedFile) =>
    unreadable.some(finding => finding.file === file) ? undefined : files[file];
  const metaDataText = read('meta-data')?.toString('utf8');
  const metaData = metaDataText === undefined ? undefined : parseYamlFile(metaDataText);
  const userData = readConfigFile('user-data', read('user-data'));
  const vendorData = readConfigFile('vendor-data', read('vendor-data'));
  const { schemas, guestVersion, given, isShared = false, isRegistered = false } = options;
  const own = { userData, vendorData, metaData: readMap(metaData), isPart: isShared };
  const judging = { schemas, guestVersion, guest: given === undefined ? own : readGiven(given) };
  const texts = SEED_FILES.flatMap(file => {
    const text = read(file)?.toString('utf8') ?? '';
    const problems = [...findPrivateKeys(text), ...findVariableProblems(text, isRegistered)];
    return problems.map(problem => placeText(file, problem));
  });
  const findings = [
    ...unreadable,
    ...(metaData?.errors ?? []).map(error => placeYamlError('meta-data', error)),
    ...(metaData === undefined || metaData.value === undefined
      ? []
      : placeProblems('meta-data', metaData, checkMetaData(metaData.value, isShared))),
    ...validateConfig(userData, judging),
    ...validateConfig(vendorData, judging),
    ...validateNetworkConfig(read('network-config'), schemas, guestVersion),
  ];
  return sortFindings([...findings, ...texts.filter(text => !isToldAlready(text, findings))]);
}

function readGiven(given: SeedContents): GuestFiles {
  return {
    userData: readConfigFile('user-data', given['user-data']),
    vendorData: readConfigFile('vendor-data', given['vendor-data']),
    metaData: readMap(parseYamlFile(given['meta-data']?.toString('utf8') ?? '')),
    isPart: false,
  };
}

function readMap(yaml: YamlFile | undefined): YamlMap {
  return isMap(yaml?.value) ? yaml.value : {};
}

/** What keeps a file from being read at all. */
function checkBytes(file: SeedFile, content: Buffer | undefined): readonly Finding[] {
  if (content === undefined) return [];
  if (content.length > MAX_SEED_FILE_BYTES) {
    const message = `has ${content.length} bytes, and at most ${MAX_SEED_FILE_BYTES} are served; let the guest fetch large data itself`;
    return [placeWhole(file, 'file-size', message)];
  }
  const isConfig = file === 'user-data' || file === 'vendor-data';
  // Packed data, and messages with parts in their own encodings.
  if (isConfig && readUserDataKind(content) === 'other') return [];
  if (isUtf8(content)) return [];
  return [
    placeWhole(
      file,
      'file-encoding',
      'is not UTF-8, so guests ignore it; save it as UTF-8',
      findBadLine(content),
    ),
  ];
}

/** The first line that is not UTF-8. */
function findBadLine(content: Buffer): number {
  for (let line = 1, start = 0; ; line += 1) {
    const end = content.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(content.subarray(start, end))) return line;
    start = end + 1;
  }
}

/** A private key where a public one should be is one mistake: the item begins in its line or in that before. */
function isToldAlready(text: Finding, findings: readonly Finding[]): boolean {
  return findings.some(
    ({ rule, file, line }) =>
      rule === 'ssh-key' && file === text.file && (line === text.line || line === text.line - 1),
  );
}

function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (left, right) =>
      SEED_FILES.indexOf(left.file) - SEED_FILES.indexOf(right.file) ||
      left.line - right.line ||
      left.column - right.column,
  );
}
