import { isMap, type YamlMap } from '../record.ts';
import { once } from './once.ts';
import type { SchemaError } from './schema-error.ts';
import { createValidator } from './validator.ts';

/** What one version of cloud-init takes as cloud-config. */
export interface CloudConfigSchema {
  readonly version: string;
  /** The keys that may stand at the top. */
  readonly keys: ReadonlySet<string>;
  /** Judges the values of all known keys. Unknown ones are not its affair: not every version's schema has them. */
  validate(config: YamlMap): readonly SchemaError[];
}

/**
 * The schema of a version; it is read when it is first needed, as few of those there are will be. It is one part for
 * each module of cloud-init; a config is checked against those that speak of its keys.
 */
export function createCloudConfigSchema(version: string, readSchema: () => YamlMap): CloudConfigSchema {
  const load = once(() => {
    const schema = readSchema();
    const parts = readParts(schema);
    const properties = isMap(schema['properties']) ? schema['properties'] : {};
    return {
      parts,
      keys: new Set([...parts.keys(), ...Object.keys(properties)]),
      validator: createValidator({ ...schema }),
    };
  });
  return {
    version,
    get keys() {
      return load().keys;
    },
    validate(config) {
      const { parts, validator } = load();
      const needed = new Set(Object.keys(config).flatMap(key => parts.get(key) ?? []));
      return [...needed].flatMap(part => validator.validate(part, config));
    },
  };
}

/** Which parts speak of a key: the schema is `allOf` references to `$defs`, each with its `properties`. */
function readParts(schema: YamlMap): ReadonlyMap<string, readonly string[]> {
  const definitions = isMap(schema['$defs']) ? schema['$defs'] : {};
  const parts = new Map<string, string[]>();
  const all: readonly unknown[] = Array.isArray(schema['allOf']) ? schema['allOf'] : [];
  for (const item of all) {
    const reference = isMap(item) ? item['$ref'] : undefined;
    if (typeof reference !== 'string') continue;
    const definition = definitions[reference.replace('#/$defs/', '')];
    const properties = isMap(definition) && isMap(definition['properties']) ? definition['properties'] : {};
    for (const key of Object.keys(properties)) parts.set(key, [...(parts.get(key) ?? []), reference]);
  }
  return parts;
}
