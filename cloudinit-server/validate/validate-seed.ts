import { isUtf8 } from 'node:buffer';
import { MAX_SEED_FILE_BYTES } from '../read-seed-file.ts';
import { SEED_FILES, type SeedFile } from '../seed-files.ts';
import { readConfigFile } from './config-file.ts';
import type { Finding } from './finding.ts';
import { checkMetaData } from './meta-data-rules.ts';
import { placeProblems, placeText, placeWhole, placeYamlError } from './place-problems.ts';
import { isMap } from './record.ts';
import type { SchemaSet } from './schema/schema-set.ts';
import { findPrivateKeys } from './text-rules.ts';
import { readUserDataKind } from './user-data-kind.ts';
import { validateConfig } from './validate-config.ts';
import { validateNetworkConfig } from './validate-network-config.ts';
import { parseYamlFile } from './yaml-file.ts';

/** A seed's files as they are on the disk; one that is not there is left out. */
export type SeedContents = Readonly<Partial<Record<SeedFile, Buffer>>>;

/** How to judge a seed. */
export interface ValidateSeedOptions {
  readonly schemas: SchemaSet;
  /** What the guest has, such as "22.4.2". @default the newest that this program knows */
  readonly guestVersion?: string | undefined;
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
  const facts = {
    schemas: options.schemas,
    guestVersion: options.guestVersion,
    metaData: isMap(metaData?.value) ? metaData.value : {},
  };
  const texts = SEED_FILES.flatMap(file =>
    findPrivateKeys(read(file)?.toString('utf8') ?? '').map(problem => placeText(file, problem)),
  );
  const findings = [
    ...unreadable,
    ...(metaData?.errors ?? []).map(error => placeYamlError('meta-data', error)),
    ...(metaData === undefined || metaData.value === undefined
      ? []
      : placeProblems('meta-data', metaData, checkMetaData(metaData.value))),
    ...validateConfig(userData, { ...facts, other: vendorData }),
    ...validateConfig(vendorData, { ...facts, other: userData }),
    ...validateNetworkConfig(read('network-config'), options.schemas, options.guestVersion),
  ];
  return sortFindings([...findings, ...texts.filter(text => !isToldAlready(text, findings))]);
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
