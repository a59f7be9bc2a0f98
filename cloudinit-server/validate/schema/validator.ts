import { Ajv, type AnySchemaObject, type ErrorObject, type Options } from 'ajv';
import draft04 from 'ajv-draft-04';
import { parsePointer } from './parse-pointer.ts';
import type { SchemaError } from './schema-error.ts';

/** Checks a value against one part of a schema. */
export interface Validator {
  /** @param part JSON pointer of the part, such as "#/$defs/cc_runcmd"; "#" is all of it. Compiled on first use */
  validate(part: string, value: unknown): readonly SchemaError[];
}

const OPTIONS: Options = {
  // cloud-init's schemas have keywords of their own, such as "label" and "deprecated_version".
  strict: false,
  allErrors: true,
  verbose: true,
  // Formats are advice that cloud-init does not check either.
  validateFormats: false,
  logger: false,
};

/** One mistake in a list of thousands of items is thousands of errors. */
const MAX_ERRORS = 300;

const NAME = 'cloud-init';

/** Makes a validator for a schema of draft-04 or draft-07. Nothing is compiled yet. */
export function createValidator(schema: AnySchemaObject): Validator {
  const isDraft04 = String(schema['$schema']).includes('draft-04');
  const ajv = isDraft04 ? new draft04.default(OPTIONS) : new Ajv(OPTIONS);
  let deprecated: SchemaError[] = [];
  // Of draft-07, as a mere annotation.
  ajv.removeKeyword('deprecated');
  ajv.addKeyword({
    keyword: 'deprecated',
    validate: (
      flag: unknown,
      data: unknown,
      parent?: AnySchemaObject,
      context?: { instancePath: string },
    ) => {
      if (flag === true && isMeant(parent ?? {}, data)) {
        deprecated.push(buildDeprecation(parsePointer(context?.instancePath ?? ''), parent, data));
      }
      return true;
    },
  });
  ajv.addSchema(schema, NAME);
  return {
    validate(part, value) {
      deprecated = [];
      const check = ajv.getSchema(`${NAME}${part}`);
      if (check === undefined) return [];
      check(value);
      const errors = (check.errors ?? []).slice(0, MAX_ERRORS);
      return [...errors.filter(error => !isBinary(error)).map(convert), ...deprecated.slice(0, MAX_ERRORS)];
    },
  };
}

/** Of several forms of a value, only the one that it has is deprecated. */
function isMeant(schema: AnySchemaObject, data: unknown): boolean {
  const allowed: unknown = schema['enum'];
  if (Array.isArray(allowed)) return allowed.includes(data);
  const types = [schema['type'] ?? []].flat();
  const type = Array.isArray(data) ? 'array' : data === null ? 'null' : typeof data;
  return types.length === 0 || types.includes(type) || (type === 'number' && types.includes('integer'));
}

function buildDeprecation(
  path: SchemaError['path'],
  schema: AnySchemaObject | undefined,
  found: unknown,
): SchemaError {
  const text = String(schema?.['deprecated_description'] ?? schema?.['description'] ?? '');
  const replacement = /\buse ``([\w.-]+)``/i.exec(text)?.[1];
  return { path, keyword: 'deprecated', wanted: false, key: undefined, knownKeys: [], found, replacement };
}

/** "!!binary" is text to cloud-init. */
function isBinary(error: ErrorObject): boolean {
  return error.keyword === 'type' && error.data instanceof Uint8Array;
}

function convert(error: ErrorObject): SchemaError {
  const key: unknown = error.params['additionalProperty'] ?? error.params['missingProperty'];
  return {
    path: parsePointer(error.instancePath),
    keyword: error.keyword,
    wanted: error.schema,
    key: typeof key === 'string' ? key : undefined,
    knownKeys: Object.keys(error.parentSchema?.['properties'] ?? {}),
    found: error.data,
  };
}
