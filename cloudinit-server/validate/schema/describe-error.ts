import type { SchemaError } from './schema-error.ts';
import { suggestKey } from './suggest-key.ts';

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys to values',
  null: 'empty',
};

/** What is wrong and what to do, without the value: it may be a secret. */
export function describeSchemaError(error: SchemaError): string {
  switch (error.keyword) {
    case 'type':
      return describeType(error);
    case 'enum':
      return `must be one of ${listValues(error.wanted)}`;
    case 'additionalProperties':
      return describeUnknownKey(error.key ?? '', error.knownKeys);
    case 'required':
      return `lacks the key ${listValues(error.wanted, ' or ')}; add it`;
    case 'minItems':
    case 'minProperties':
    case 'minLength':
      return 'must not be empty; fill it or remove the key';
    case 'pattern':
    case 'format':
      return `does not have the form ${listValues(error.wanted)}`;
    case 'deprecated':
      return error.replacement === undefined
        ? 'is deprecated in this form; cloud-init is going to drop it'
        : `is deprecated; write "${error.replacement}" instead`;
    case 'minimum':
    case 'maximum':
      return `must be ${error.keyword === 'minimum' ? 'at least' : 'at most'} ${String(error.wanted)}`;
    default:
      return 'has none of the forms that cloud-init takes; see its documentation of the key';
  }
}

/** @param known the keys that would do */
export function describeUnknownKey(key: string, known: Iterable<string>): string {
  const suggestion = suggestKey(key, known);
  return suggestion === undefined
    ? 'cloud-init knows no such key here and ignores it; remove it'
    : `cloud-init knows no such key here and ignores it; did you mean "${suggestion}"?`;
}

function describeType({ wanted, found }: SchemaError): string {
  const types = [wanted].flat().map(String);
  const names = types
    .filter(type => type !== 'null' || types.length === 1)
    .map(type => TYPE_NAMES[type] ?? type);
  return `must be ${names.join(' or ')}, and is ${nameFound(found)}${suggestCure(types, found)}`;
}

function nameFound(found: unknown): string {
  if (found === null || found === undefined) return 'empty';
  if (Array.isArray(found)) return 'a list';
  if (found instanceof Date) return 'a date';
  if (typeof found === 'boolean') return `the boolean ${found}`;
  if (typeof found === 'number') return 'a number';
  return typeof found === 'string' ? 'a text' : 'a map';
}

function suggestCure(types: readonly string[], found: unknown): string {
  const isWord = ['number', 'boolean'].includes(typeof found) || found instanceof Date;
  if (types.includes('string') && isWord) return '; put it in quotes';
  if (types.includes('array') && typeof found === 'string')
    return '; write it as a list, "- " before each item';
  if (types.includes('boolean') && typeof found === 'string') return '; write it without quotes';
  if (types.includes('integer') && typeof found === 'string') return '; write a number, without quotes';
  if (found === null) return '; indent what belongs to it, or remove the key';
  return '';
}

function listValues(values: unknown, glue = ', '): string {
  return [values]
    .flat()
    .slice(0, 12)
    .map(value => JSON.stringify(value))
    .join(glue);
}
