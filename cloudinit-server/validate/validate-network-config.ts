import type { Finding, Problem } from './finding.ts';
import { checkNetworkConfig, readNetworkConfig } from './network/network-rules.ts';
import { placeProblems, placeYamlError } from './place-problems.ts';
import { listMaps } from './record.ts';
import { describeSchemaError } from './schema/describe-error.ts';
import { reduceErrors } from './schema/reduce-errors.ts';
import type { SchemaError } from './schema/schema-error.ts';
import type { SchemaSet } from './schema/schema-set.ts';
import { parseYamlFile } from './yaml-file.ts';
import type { YamlPath } from './yaml-path.ts';

/** Judges a network-config: by our own rules, and by cloud-init's schema where this build has it. */
export function validateNetworkConfig(content: Buffer | undefined, schemas: SchemaSet): readonly Finding[] {
  if (content === undefined) return [];
  const yaml = parseYamlFile(content.toString('utf8'));
  const errors = yaml.errors.map(error => placeYamlError('network-config', error));
  if (yaml.value === undefined) return errors;
  const ruled = checkNetworkConfig(yaml.value);
  const told = ruled.map(({ path }) => JSON.stringify(path));
  const schema = findSchemaProblems(yaml.value, schemas).filter(
    ({ path }) => !told.includes(JSON.stringify(path)),
  );
  return [...errors, ...placeProblems('network-config', yaml, [...ruled, ...schema])];
}

function findSchemaProblems(value: unknown, schemas: SchemaSet): readonly Problem[] {
  const network = readNetworkConfig(value);
  const validator = network?.version === undefined ? undefined : schemas.network.get(network.version);
  if (network === undefined || validator === undefined) return [];
  // As a whole the schema is "either wrapped or not", and version 1 "one of these types": asked part by part, it says
  // what is wrong with what was meant.
  if (network.version === 2) {
    return describe(validator.validate('#/$defs/network_config_version2', network.config), network.path);
  }
  return listMaps(network.config['config']).flatMap(([index, item]) => {
    const part = `#/$defs/anyOf_type_${String(item['type']).replace(/[^a-z]/g, '')}`;
    return describe(validator.validate(part, item), [...network.path, 'config', index]);
  });
}

function describe(errors: readonly SchemaError[], parent: YamlPath): readonly Problem[] {
  return reduceErrors(errors).map(error => {
    const key = error.keyword === 'additionalProperties' ? [error.key ?? ''] : [];
    return {
      rule: error.keyword === 'deprecated' ? 'deprecated' : 'schema',
      severity: error.keyword === 'deprecated' ? 'warning' : 'error',
      path: [...parent, ...error.path, ...key],
      at: key.length > 0 || error.keyword === 'deprecated' ? 'key' : 'value',
      message: describeSchemaError(error),
    };
  });
}
