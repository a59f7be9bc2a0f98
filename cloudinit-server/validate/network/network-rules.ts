import type { Problem } from '../finding.ts';
import { isMap, type YamlMap } from '../record.ts';
import type { YamlPath } from '../yaml-path.ts';
import { checkVersion1 } from './version-1.ts';
import { checkVersion2 } from './version-2.ts';

/** What is in a network-config. */
export interface NetworkConfig {
  readonly config: YamlMap;
  /** Where it begins: `network` where it is wrapped in that key, as netplan has it. */
  readonly path: YamlPath;
  readonly version: 1 | 2 | undefined;
}

/** Takes the wrapping off. Undefined for what is no map. */
export function readNetworkConfig(value: unknown): NetworkConfig | undefined {
  if (!isMap(value)) return undefined;
  const isWrapped = isMap(value['network']);
  const config = isMap(value['network']) ? value['network'] : value;
  const version = config['version'] === 1 || config['version'] === 2 ? config['version'] : undefined;
  return { config, path: isWrapped ? ['network'] : [], version };
}

/** Everything known to go wrong with a network-config. @param value the parsed file */
export function checkNetworkConfig(value: unknown): readonly Problem[] {
  // An empty file is "none given".
  if (value === null || value === undefined) return [];
  const network = readNetworkConfig(value);
  if (network === undefined) {
    return [fail([], 'must be a map that begins with "version: 2"; cloud-init ignores anything else')];
  }
  const { config, path, version } = network;
  if (config['config'] === 'disabled') return [];
  if (version === 1) return checkVersion1(config, path);
  if (version === 2) return checkVersion2(config, path);
  return 'version' in config
    ? [fail([...path, 'version'], 'must be the number 1 or 2')]
    : [fail(path, 'lacks the key "version"; add "version: 2", or 1 for the older format')];
}

function fail(path: YamlPath, message: string): Problem {
  return { rule: 'network-config', severity: 'error', path, message };
}
