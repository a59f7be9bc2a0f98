import jsonSchema, { type SchemaContext, type ValidationError } from 'jsonschema';
import { isMap, type YamlMap } from '../record.ts';
import type { YamlPath } from '../yaml-path.ts';
import { cutLists } from './cut-lists.ts';
import type { SchemaError } from './schema-error.ts';

/** Checks a value against one part of a schema. */
export interface Validator {
  /** @param part JSON pointer of the part, such as "#/$defs/cc_runcmd"; one that the schema lacks takes everything */
  validate(part: string, value: unknown): readonly SchemaError[];
}

const OPTIONS = {
  // What each form of a value lacks, and not only that none fits.
  nestedErrors: true,
  // Formats are advice that cloud-init does not check either.
  disableFormat: true,
} as const;

/** One mistake in a list of thousands of items is thousands of errors. */
const MAX_ERRORS = 300;

/** Values that are checked: a millisecond is enough for some 20, and a server's guests wait. No real seed has half as many. */
const MAX_VALUES = 2_000;

const NAME = 'https://schemas/cloud-init';

/** The package's types leave out where a value is. */
interface PlacedContext extends SchemaContext {
  readonly path: YamlPath;
}

/**
 * Makes a validator for a schema of draft-04 or draft-07. It reads the schema as it goes: compiling one takes half a
 * second (measured with ajv), in which a server would answer nobody.
 */
export function createValidator(schema: YamlMap): Validator {
  const validator = new jsonSchema.Validator();
  let deprecated: SchemaError[] = [];
  // Of draft-07, as a mere annotation: it makes nothing invalid.
  Object.assign(validator.attributes, {
    deprecated: (data: unknown, schema: YamlMap, _options: unknown, { path }: PlacedContext) => {
      const isThere = data !== undefined;
      if (isThere && schema['deprecated'] === true && isMeant(schema, data)) {
        deprecated.push(buildDeprecation(path, schema, data));
      }
    },
  });
  validator.addSchema(schema, NAME);
  return {
    validate(part, value) {
      deprecated = [];
      if (!hasPart(schema, part)) return [];
      const { errors } = validator.validate(cutLists(value, MAX_VALUES), { $ref: `${NAME}${part}` }, OPTIONS);
      const some = errors.slice(0, MAX_ERRORS);
      return [...some.filter(error => !isBinary(error)).map(convert), ...deprecated.slice(0, MAX_ERRORS)];
    },
  };
}

function hasPart(schema: YamlMap, part: string): boolean {
  const definitions = schema['$defs'];
  return isMap(definitions) && Object.hasOwn(definitions, part.replace('#/$defs/', ''));
}

/** Of several forms of a value, only the one that it has is deprecated. */
function isMeant(schema: YamlMap, data: unknown): boolean {
  const allowed: unknown = schema['enum'];
  if (Array.isArray(allowed)) return allowed.includes(data);
  const types = [schema['type'] ?? []].flat();
  const type = Array.isArray(data) ? 'array' : data === null ? 'null' : typeof data;
  return types.length === 0 || types.includes(type) || (type === 'number' && types.includes('integer'));
}

function buildDeprecation(path: SchemaError['path'], schema: YamlMap, found: unknown): SchemaError {
  const text = String(schema['deprecated_description'] ?? schema['description'] ?? '');
  const replacement = /\buse ``([\w.-]+)``/i.exec(text)?.[1];
  return { path, keyword: 'deprecated', wanted: false, key: undefined, knownKeys: [], found, replacement };
}

/** "!!binary" is text to cloud-init. */
function isBinary(error: ValidationError): boolean {
  return error.name === 'type' && error.instance instanceof Uint8Array;
}

function convert({ path, name, argument, instance, schema }: ValidationError): SchemaError {
  const { [name]: wanted, properties }: YamlMap = typeof schema === 'string' ? {} : { ...schema };
  const isAboutKey = name === 'additionalProperties' || name === 'required';
  return {
    path,
    keyword: name,
    wanted,
    key: isAboutKey && typeof argument === 'string' ? argument : undefined,
    knownKeys: Object.keys(properties ?? {}),
    found: instance,
  };
}
