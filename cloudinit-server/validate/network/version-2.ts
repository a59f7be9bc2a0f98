import type { Problem } from '../finding.ts';
import { isMap, listTexts, type YamlMap } from '../record.ts';
import { describeUnknownKey } from '../schema/describe-error.ts';
import { isTemplated } from '../template.ts';
import type { YamlPath } from '../yaml-path.ts';
import { checkMac, checkRoutes, describeName, isStableName } from './shared-rules.ts';

/** Kinds of devices, of which cloud-init itself renders the first four; the others need netplan in the guest. */
const SECTIONS = [
  'ethernets',
  'bonds',
  'bridges',
  'vlans',
  'wifis',
  'modems',
  'tunnels',
  'vrfs',
  'dummy-devices',
  'virtual-ethernets',
  'nm-devices',
];
const TOP = ['version', 'renderer', 'openvswitch', ...SECTIONS];

/** Checks netplan's format, which cloud-init renders for guests without netplan as well. */
export function checkVersion2(network: YamlMap, path: YamlPath): readonly Problem[] {
  const unknown = Object.keys(network)
    .filter(key => !TOP.includes(key) && !isTemplated(key))
    .map(key => fail([...path, key], describeUnknownKey(key, TOP), 'key'));
  const devices = SECTIONS.flatMap(section => {
    const value = network[section];
    if (value === undefined) return [];
    if (!isMap(value)) return [fail([...path, section], 'must be a map of interfaces; indent them below it')];
    return Object.entries(value).flatMap(([name, device]) =>
      checkDevice(section, name, device, [...path, section, name]),
    );
  });
  return [...unknown, ...devices];
}

function checkDevice(section: string, name: string, device: unknown, path: YamlPath): readonly Problem[] {
  if (!isMap(device)) return [fail(path, 'must be a map; indent its settings below it')];
  const match = isMap(device['match']) ? device['match'] : undefined;
  return [
    ...(section === 'ethernets' ? checkMatch(name, device, match, path) : []),
    ...checkMac(match?.['macaddress'], [...path, 'match', 'macaddress']),
    ...checkMac(device['macaddress'], [...path, 'macaddress']),
    ...checkRoutes(device['routes'], [...path, 'routes'], 'to'),
    ...checkAddresses(device['addresses'], [...path, 'addresses']),
    ...checkGateways(device, path),
  ];
}

function checkMatch(
  name: string,
  device: YamlMap,
  match: YamlMap | undefined,
  path: YamlPath,
): readonly Problem[] {
  const cure = 'add "match: {macaddress: …}", with "set-name" to give it a name';
  if (match === undefined) {
    if (device['set-name'] !== undefined)
      return [fail([...path, 'set-name'], `needs "match" beside it; ${cure}`)];
    return isStableName(name) ? [] : [describeName(name, path, cure)];
  }
  const matchName = match['name'];
  // A pattern such as "en*" is meant to fit several.
  if (match['macaddress'] !== undefined || typeof matchName !== 'string' || /[*?[]/.test(matchName))
    return [];
  return isStableName(matchName) ? [] : [describeName(matchName, [...path, 'match', 'name'], cure)];
}

function checkAddresses(addresses: unknown, path: YamlPath): readonly Problem[] {
  if (addresses === undefined || addresses === null) return [];
  if (!Array.isArray(addresses)) return [fail(path, 'must be a list; write "- " before each address')];
  return addresses.flatMap((address: unknown, index): readonly Problem[] => {
    const [text] = isMap(address) ? Object.keys(address) : listTexts(address);
    if (text !== undefined && (text.includes('/') || isTemplated(text))) return [];
    const message = 'has no prefix length; write it as "192.168.1.10/24"';
    return [{ rule: 'address-prefix', severity: 'error', path: [...path, index], message }];
  });
}

function checkGateways(device: YamlMap, path: YamlPath): readonly Problem[] {
  return ['gateway4', 'gateway6']
    .filter(key => key in device)
    .map(key => ({
      rule: 'deprecated',
      severity: 'warning',
      path: [...path, key],
      at: 'key',
      message: `is deprecated; write a route to "${key === 'gateway4' ? '0.0.0.0/0' : '::/0'}" instead`,
    }));
}

function fail(path: YamlPath, message: string, at: 'key' | 'value' = 'value'): Problem {
  return { rule: 'network-config', severity: 'error', path, at, message };
}
