import type { BlockOption, Option, OptionTable, OptionValues } from './option.ts';
import type { ReportProblem } from './problem.ts';
import { readAttribute } from './read-attribute.ts';
import { suggestWord } from './suggest.ts';

/**
 * Reads what a user wrote by an option table, from Nomad's wire or from a parsed job file. Reports every unknown
 * option and every wrong type and goes on; what was wrong is absent from the result.
 *
 * @param raw a map of option names, or nothing at all.
 * @param path where `raw` stands, such as `config`.
 */
export function readOptions<Table extends OptionTable>(
  table: Table,
  raw: unknown,
  path: string,
  report: ReportProblem,
): OptionValues<Table> {
  const given = toRecord(raw);
  if (given === undefined) report(path, 'must be a block of options');
  const written = Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined);
  for (const [name] of written) {
    if (!table.some(option => option.name === name)) report(`${path}.${name}`, unknownOption(name, table));
  }
  const byName = new Map(written);
  const values = table.map(option => [
    option.name,
    readOption(option, byName.get(option.name), `${path}.${option.name}`, report),
  ]);
  // The table itself says which type each name has, and readOption() has just checked the values against it.
  return Object.fromEntries(values) as OptionValues<Table>;
}

function readOption(option: Option, value: unknown, path: string, report: ReportProblem): unknown {
  if (option.kind === 'attribute') {
    if (value === undefined || (option.mayHaveLines && isTextOfLines(value))) return value;
    return readAttribute(option.type, value, path, report);
  }
  return readBlock(option, value, path, report);
}

/** One block is a map on Nomad's wire and a list of one in a parsed job file; several are a list in both. */
function readBlock(option: BlockOption, value: unknown, path: string, report: ReportProblem): unknown {
  const blocks: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (option.isRepeatable) {
    return blocks.map((block, index) => readOptions(option.options, block, `${path}[${index}]`, report));
  }
  if (blocks.length > 1)
    report(path, `is written ${blocks.length} times, but only one such block is possible`);
  return blocks.length === 0 ? undefined : readOptions(option.options, blocks[0], path, report);
}

function isTextOfLines(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\n');
}

function toRecord(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  if (raw === null || raw === undefined) return {};
  if (typeof raw !== 'object' || Array.isArray(raw)) return undefined;
  return { ...raw };
}

function unknownOption(name: string, table: OptionTable): string {
  const names = table.map(option => option.name);
  const meant = suggestWord(name, names);
  return `there is no such option; ${meant === undefined ? `the options are ${names.join(', ')}` : `did you mean "${meant}"?`}`;
}
