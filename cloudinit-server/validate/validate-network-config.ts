import type { Finding, Problem } from './finding.ts';
import { checkNetworkConfig, readNetworkConfig } from './network/network-rules.ts';
import { placeProblems, placeWhole, placeYamlError } from './place-problems.ts';
import { listMaps } from './record.ts';
import { compareVersions } from './schema/compare-versions.ts';
import { describeSchemaError } from './schema/describe-error.ts';
import { reduceErrors } from './schema/reduce-errors.ts';
import type { SchemaError } from './schema/schema-error.ts';
import type { SchemaSet } from './schema/schema-set.ts';
import { parseYamlFile } from './yaml-file.ts';
import type { YamlPath } from './yaml-path.ts';

/** The first release that fetches network-config from a URL. */
const FIRST_FETCHING = '24.3';

/**
 * Judges a network-config: by our own rules, by cloud-init's schema where this build has it, and by whether the guest
 * asks for the file at all.
 */
export function validateNetworkConfig(
  content: Buffer | undefined,
  schemas: SchemaSet,
  guestVersion: string | undefined,
): readonly Finding[] {
  if (content === undefined) return [];
  const yaml = parseYamlFile(content.toString('utf8'));
  const errors = yaml.errors.map(error => placeYamlError('network-config', error));
  if (yaml.value === undefined) return errors;
  const ruled = checkNetworkConfig(yaml.value);
  const told = ruled.map(({ path }) => JSON.stringify(path));
  const schema = findSchemaProblems(yaml.value, schemas).filter(
    ({ path }) => !told.includes(JSON.stringify(path)),
  );
  return [
    ...errors,
    ...(yaml.value === null ? [] : checkRelease(guestVersion)),
    ...placeProblems('network-config', yaml, [...ruled, ...schema]),
  ];
}

/** Ubuntu's stable releases up to 24.04 get every new cloud-init, with this part of it taken out. */
function checkRelease(guestVersion: string | undefined): readonly Finding[] {
  if (guestVersion === undefined) return [];
  const isPatched = /ubuntu.*~2[024]\.04/.test(guestVersion);
  if (!isPatched && compareVersions(guestVersion, FIRST_FETCHING) >= 0) return [];
  const message = `cloud-init ${guestVersion} does not ask for this file over HTTP, and sets up its network by DHCP; deliver the seed as a disk, or write a DHCP reservation`;
  return [{ ...placeWhole('network-config', 'network-config-release', message), severity: 'warning' }];
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
