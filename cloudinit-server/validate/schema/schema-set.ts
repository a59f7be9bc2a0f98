import { isMap, type YamlMap } from '../record.ts';
import { type CloudConfigSchema, createCloudConfigSchema } from './cloud-config-schema.ts';
import { compareVersions } from './compare-versions.ts';
import { once } from './once.ts';
import { createValidator, type Validator } from './validator.ts';

/** All schemas that this program was built with. */
export interface SchemaSet {
  /** Oldest first, at least one. */
  readonly versions: readonly CloudConfigSchema[];
  /** The newest, by which unknown keys are told. */
  readonly newest: CloudConfigSchema;
  /** By the format's version; older packages have none. */
  readonly network: ReadonlyMap<1 | 2, Validator>;
}

/**
 * Reads what scripts/fetch-schemas.ts made.
 *
 * @throws {Error} when it holds no schema
 */
export function readSchemaSet(made: unknown): SchemaSet {
  const packages = isMap(made) && Array.isArray(made['packages']) ? made['packages'].filter(isMap) : [];
  const sorted = packages.toSorted((left, right) =>
    compareVersions(String(left['version']), String(right['version'])),
  );
  const versions = sorted.flatMap(item => {
    const read = findSchema(item, 'schema-cloud-config-v1.json');
    return read === undefined ? [] : [createCloudConfigSchema(String(item['version']), read)];
  });
  const newest = versions.at(-1);
  if (newest === undefined) {
    throw new Error(
      'Cannot check seeds: this build has no schema of cloud-init; build it anew with "npm run build"',
    );
  }
  const network = new Map<1 | 2, Validator>();
  for (const format of [1, 2] as const) {
    const name = `schema-network-config-v${format}.json`;
    const read = sorted.flatMap(item => findSchema(item, name) ?? []).at(-1);
    if (read === undefined) continue;
    const load = once(() => createValidator({ ...read() }));
    network.set(format, { validate: (part, value) => load().validate(part, value) });
  }
  return { versions, newest, network };
}

/** The schema of what a guest has, or the nearest older one. @param version undefined for the newest */
export function chooseSchema(schemas: SchemaSet, version: string | undefined): CloudConfigSchema {
  if (version === undefined) return schemas.newest;
  const older = schemas.versions.filter(schema => compareVersions(schema.version, version) <= 0);
  return older.at(-1) ?? schemas.versions[0] ?? schemas.newest;
}

/** How to read a package's schema, or undefined when it has none of this name. @throws when it is none */
function findSchema(item: YamlMap, name: string): (() => YamlMap) | undefined {
  const text = isMap(item['files']) ? item['files'][name] : undefined;
  if (typeof text !== 'string') return undefined;
  return () => {
    const schema: unknown = JSON.parse(text);
    if (isMap(schema)) return schema;
    throw new Error(`Cannot check seeds: "${name}" of cloud-init ${item['version']} is no schema`);
  };
}
