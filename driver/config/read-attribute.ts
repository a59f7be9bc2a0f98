import type { AttributeType } from './option.ts';
import type { ReportProblem } from './problem.ts';

/**
 * Reads one value as the type an option has, with the conversions that Nomad's own decoder makes ("7" for a number,
 * "true" for a bool, 5 for a string), so that a job file read offline means what it means to Nomad.
 *
 * @returns the value (see ValueByType), or undefined after a reported problem.
 */
export function readAttribute(
  type: AttributeType,
  value: unknown,
  path: string,
  report: ReportProblem,
): unknown {
  switch (type) {
    case 'string':
      return readString(value, path, report);
    case 'number':
      return readNumber(value, path, report);
    case 'bool':
      return readBool(value, path, report);
    case 'list(string)':
      return readStrings(value, path, report);
    case 'list(map(number))':
      return readNumberMaps(value, path, report);
  }
}

function readString(value: unknown, path: string, report: ReportProblem): string | undefined {
  const text = ['number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : value;
  if (typeof text !== 'string') return wrongType(value, 'a text in double quotes', path, report);
  const position = firstControlCharacter(text);
  if (position === undefined) return text;
  report(
    path,
    `${showText(text)} holds a control character at position ${position + 1}; remove it (line breaks and tabs count)`,
  );
  return undefined;
}

/** A newline in a value could end a line of a file or a protocol that the value is written into. */
function firstControlCharacter(text: string): number | undefined {
  const position = [...text].findIndex(letter => /\p{Cc}|\u2028|\u2029/u.test(letter));
  return position < 0 ? undefined : position;
}

/** In quotes, with every control character escaped; JSON leaves those above U+007E as they are. */
function showText(text: string): string {
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
}

function readNumber(value: unknown, path: string, report: ReportProblem): number | undefined {
  if (typeof value === 'number') return value;
  // Beyond 2^53 a number is exact as text or bigint only; no option of ours goes there.
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return Number(value);
  return wrongType(value, 'a number', path, report);
}

function readBool(value: unknown, path: string, report: ReportProblem): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return wrongType(value, 'true or false', path, report);
}

function readStrings(value: unknown, path: string, report: ReportProblem): readonly string[] | undefined {
  if (!Array.isArray(value)) return wrongType(value, 'a list of texts such as ["a", "b"]', path, report);
  const texts = value.map((item, index) => readString(item, `${path}[${index}]`, report));
  const good = texts.filter(text => text !== undefined);
  return good.length === texts.length ? good : undefined;
}

function readNumberMaps(
  value: unknown,
  path: string,
  report: ReportProblem,
): ReadonlyMap<string, number> | undefined {
  const wanted = 'a block of "name = number" lines';
  if (!Array.isArray(value)) return wrongType(value, wanted, path, report);
  const merged = new Map<string, number>();
  for (const block of value) {
    if (typeof block !== 'object' || block === null || Array.isArray(block))
      return wrongType(block, wanted, path, report);
    for (const [name, item] of Object.entries(block)) {
      const number = readNumber(item, `${path}.${name}`, report);
      if (number !== undefined) merged.set(name, number);
    }
  }
  return merged;
}

function wrongType(value: unknown, wanted: string, path: string, report: ReportProblem): undefined {
  report(path, `is ${describeValue(value)}, but must be ${wanted}`);
  return undefined;
}

function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a block' : showText(String(value));
}
