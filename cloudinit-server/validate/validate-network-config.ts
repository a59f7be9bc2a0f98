import type { Finding, Problem } from './finding.ts';
import { checkNetworkConfig, readNetworkConfig } from './network/network-rules.ts';
import { placeProblems, placeYamlError } from './place-problems.ts';
import { describeSchemaError } from './schema/describe-error.ts';
import { reduceErrors } from './schema/reduce-errors.ts';
import type { SchemaSet } from './schema/schema-set.ts';
import { parseYamlFile } from './yaml-file.ts';

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
  // The schemas differ in whether they want the wrapping key; told apart by which one is content.
  const wrapped = validator.validate('#', { network: network.config });
  const bare = validator.validate('#', network.config);
  const isBare = bare.length < wrapped.length;
  return reduceErrors(isBare ? bare : wrapped).map(error => {
    const inner = isBare ? error.path : error.path.slice(1);
    const key = error.keyword === 'additionalProperties' ? [error.key ?? ''] : [];
    return {
      rule: error.keyword === 'deprecated' ? 'deprecated' : 'schema',
      severity: error.keyword === 'deprecated' ? 'warning' : 'error',
      path: [...network.path, ...inner, ...key],
      at: key.length > 0 || error.keyword === 'deprecated' ? 'key' : 'value',
      message: describeSchemaError(error),
    };
  });
}
