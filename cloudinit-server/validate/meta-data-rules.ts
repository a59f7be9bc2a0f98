import type { Problem } from './finding.ts';
import { isMap, type YamlMap } from './record.ts';
import { checkHostnames } from './rules/hostname.ts';
import { checkKey } from './rules/ssh-keys.ts';
import { isTemplated } from './template.ts';
import type { YamlPath } from './yaml-path.ts';

/** What cloud-init takes for no instance-id: they leave the guest with the constant "nocloud". */
const TYPOS = ['instance_id', 'instanceid', 'instance-ID', 'Instance-ID', 'id', 'iid'];

/**
 * Everything known to go wrong with meta-data.
 *
 * @param value the parsed file
 * @param isShared whether several VMs get it
 */
export function checkMetaData(value: unknown, isShared: boolean): readonly Problem[] {
  if (value === null || value === undefined) return [];
  if (!isMap(value)) {
    const message =
      'must be a map of keys to values, such as "instance-id: NAME"; cloud-init ignores anything else, and every such guest is instance "nocloud"';
    return [{ rule: 'not-a-map', severity: 'error', path: [], message }];
  }
  return [
    ...checkInstanceId(value),
    ...(isShared ? checkShared(value) : []),
    ...checkHostnames(value, ['local-hostname']),
    ...checkPublicKeys(value['public-keys'] ?? value['public_keys'], [
      value['public-keys'] === undefined ? 'public_keys' : 'public-keys',
    ]),
    ...checkOtherKeys(value),
  ];
}

function checkInstanceId(metaData: YamlMap): readonly Problem[] {
  const id = metaData['instance-id'];
  const path = ['instance-id'];
  if (id === undefined) {
    const typo = TYPOS.find(key => key in metaData);
    if (typo === undefined) return [];
    const message = `cloud-init knows no "${typo}", so the guest gets a generated instance-id; write "instance-id"`;
    return [{ rule: 'instance-id', severity: 'error', path: [typo], at: 'key', message }];
  }
  if (id === null || id === '') {
    const message =
      'it is empty, and all such guests are one instance; write "instance-id: NAME", or remove the line to have one generated';
    return [{ rule: 'instance-id', severity: 'error', path, message }];
  }
  if (typeof id === 'string' && (isTemplated(id) || /^[\w.:-]+$/.test(id))) return [];
  if (typeof id === 'string') {
    const message =
      'cloud-init makes a folder of this name, so it must not have blanks or slashes; use letters, digits, "-", "_" and "."';
    return [{ rule: 'instance-id', severity: /[\s/]/.test(id) ? 'error' : 'warning', path, message }];
  }
  const message = `must be a text, and YAML makes ${typeof id === 'number' ? `the number ${id}` : 'something else'} of it; put it in quotes`;
  return [{ rule: 'instance-id', severity: typeof id === 'number' ? 'warning' : 'error', path, message }];
}

/** What must not be the same for several VMs. */
function checkShared(metaData: YamlMap): readonly Problem[] {
  return (['instance-id', 'local-hostname'] as const)
    .filter(key => typeof metaData[key] === 'string' && !isTemplated(metaData[key]))
    .map(key => ({
      rule: key === 'instance-id' ? 'instance-id' : 'hostname',
      severity: key === 'instance-id' ? 'error' : 'warning',
      path: [key],
      message: `every VM that gets this file would have the same; put a variable into it such as "@{vm.${key === 'instance-id' ? 'instance_id' : 'hostname'}}", or remove the line to have one generated`,
    }));
}

/** A text, a list of texts, or a map of names to texts or lists: cloud-init takes all of them. */
function checkPublicKeys(keys: unknown, path: YamlPath): readonly Problem[] {
  if (typeof keys === 'string') return checkKey(keys, path);
  if (Array.isArray(keys))
    return keys.flatMap((key: unknown, index) => checkPublicKeys(key, [...path, index]));
  // A cloud's own form: {"0": {"openssh-key": …}}.
  return isMap(keys)
    ? Object.entries(keys).flatMap(([name, key]) => checkPublicKeys(key, [...path, name]))
    : [];
}

function checkOtherKeys(metaData: YamlMap): readonly Problem[] {
  const problems: Problem[] = [];
  if ('network-interfaces' in metaData) {
    const message = 'is deprecated since cloud-init 24.3; write the file "network-config"';
    problems.push({
      rule: 'meta-data',
      severity: 'warning',
      path: ['network-interfaces'],
      at: 'key',
      message,
    });
  }
  for (const key of [
    'hostname',
    'local_hostname',
    'user-data',
    'users',
    'ssh_authorized_keys',
    'runcmd',
    'packages',
  ]) {
    if (!(key in metaData)) continue;
    const message = key.includes('hostname')
      ? 'has no effect here; write "local-hostname"'
      : 'has no effect here; put it into the file "user-data"';
    problems.push({ rule: 'meta-data', severity: 'warning', path: [key], at: 'key', message });
  }
  return problems;
}
