import type { ConfigFile } from './config-file.ts';
import { CONFIG_RULES } from './config-rules.ts';
import type { Finding, Problem } from './finding.ts';
import { checkHeader } from './header-rules.ts';
import { findUnknownVariables, findUnusedTemplate } from './jinja-rules.ts';
import { placeProblems, placeText, placeWhole, placeYamlError } from './place-problems.ts';
import { isMap, type YamlMap } from './record.ts';
import type { SeedFacts } from './rule.ts';
import { findNewerKeys } from './rules/newer-keys.ts';
import { findUnknownKeys } from './rules/unknown-keys.ts';
import { describeSchemaError } from './schema/describe-error.ts';
import { reduceErrors } from './schema/reduce-errors.ts';
import { chooseSchema, type SchemaSet } from './schema/schema-set.ts';

/** What else a config is judged by. */
export interface ValidateConfigOptions {
  readonly schemas: SchemaSet;
  readonly guestVersion: string | undefined;
  /** What the guest acts on. */
  readonly guest: GuestFiles;
}

/** The files that a guest acts on, with what goes under the author's. */
export interface GuestFiles {
  readonly userData: ConfigFile;
  readonly vendorData: ConfigFile;
  readonly metaData: YamlMap;
  /** Whether the guest gets something else besides that is not known here. */
  readonly isPart: boolean;
}

/** Judges user-data or vendor-data: its first lines, its syntax, then what it says. */
export function validateConfig(file: ConfigFile, options: ValidateConfigOptions): readonly Finding[] {
  const header = checkHeader(file.text, file.kind);
  const findings: Finding[] = [];
  if (header !== undefined) {
    const place = placeWhole(file.file, 'user-data-header', header.message, header.line);
    findings.push({ ...place, severity: header.severity });
  }
  if (file.yaml === undefined) return findings;
  findings.push(...findVariables(file, options.guest.metaData).map(problem => placeText(file.file, problem)));
  // Which lines stay is known only when the template is rendered: both branches of an "if" may set the same key.
  if (!file.hasStatements) findings.push(...file.yaml.errors.map(error => placeYamlError(file.file, error)));
  const { value } = file.yaml;
  if (value === undefined) return findings;
  // Nothing but comments is a config without keys.
  if (value !== null && !isMap(value)) {
    const message = 'must be a map of keys to values; cloud-init ignores anything else in cloud-config';
    return file.hasStatements ? findings : [...findings, placeWhole(file.file, 'not-a-map', message)];
  }
  return [...findings, ...placeProblems(file.file, file.yaml, findProblems(file, options))];
}

function findVariables(file: ConfigFile, metaData: YamlMap) {
  return file.kind === 'template'
    ? findUnknownVariables(file.text, file.markup, metaData)
    : findUnusedTemplate(file.text);
}

function findProblems(file: ConfigFile, options: ValidateConfigOptions): readonly Problem[] {
  const ruled = [
    ...CONFIG_RULES.flatMap(rule => rule(file.config, buildFacts(file, options))),
    ...findUnknownKeys(file.config, options.schemas.newest),
    ...findNewerKeys(file.config, options.schemas, options.guestVersion),
  ];
  const covered = new Set(ruled.flatMap(({ path, covers }) => [path, ...(covers ?? [])]).map(toKey));
  // A rule's own words help more than the schema's, for the same mistake.
  return [
    ...ruled.filter(keepFirst),
    ...findSchemaProblems(file, options).filter(({ path }) => !covered.has(toKey(path))),
  ];
}

/** A misplaced key is told by the rule that knows where it belongs. */
function keepFirst(problem: Problem, index: number, all: readonly Problem[]): boolean {
  return (
    problem.rule !== 'unknown-key' ||
    all.findIndex(({ path }) => toKey(path) === toKey(problem.path)) === index
  );
}

function findSchemaProblems(file: ConfigFile, options: ValidateConfigOptions): readonly Problem[] {
  const schema = chooseSchema(options.schemas, options.guestVersion);
  return reduceErrors(schema.validate(file.config)).map(error => {
    const isKey = error.keyword === 'additionalProperties' || error.keyword === 'deprecated';
    return {
      rule: error.keyword === 'deprecated' ? 'deprecated' : 'schema',
      severity: error.keyword === 'deprecated' ? 'warning' : 'error',
      path: error.keyword === 'additionalProperties' ? [...error.path, error.key ?? ''] : error.path,
      at: isKey ? 'key' : 'value',
      message: describeSchemaError(error),
    };
  });
}

function buildFacts(file: ConfigFile, { guest }: ValidateConfigOptions): SeedFacts {
  const { userData, vendorData, metaData, isPart } = guest;
  return {
    file: file.file,
    // The user's keys win; cloud-init goes into maps as well, which no rule here depends on.
    merged: { ...vendorData.config, ...userData.config },
    metaData,
    isComplete:
      !isPart && ![userData, vendorData].some(({ hasStatements, kind }) => hasStatements || kind === 'other'),
  };
}

function toKey(path: Problem['path']): string {
  return JSON.stringify(path);
}
