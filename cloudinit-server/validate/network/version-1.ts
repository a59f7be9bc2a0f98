import type { Problem } from '../finding.ts';
import { listMaps, type YamlMap } from '../record.ts';
import type { YamlPath } from '../yaml-path.ts';
import { checkMac, checkRoutes, describeName, isStableName } from './shared-rules.ts';

const TYPES = ['physical', 'bond', 'bridge', 'vlan', 'nameserver', 'route', 'loopback', 'infiniband'];

/** Checks cloud-init's own older format: a list of interfaces, routes and name servers. */
export function checkVersion1(network: YamlMap, path: YamlPath): readonly Problem[] {
  const config = network['config'];
  if (!Array.isArray(config)) {
    const message = 'lacks the list "config"; add it, with an item for each interface';
    return [{ rule: 'network-config', severity: 'error', path: [...path, 'config'], message }];
  }
  return listMaps(config).flatMap(([index, item]) => checkItem(item, [...path, 'config', index]));
}

function checkItem(item: YamlMap, path: YamlPath): readonly Problem[] {
  const type = item['type'];
  if (!TYPES.some(known => known === type)) {
    const message = `must be one of ${TYPES.map(known => `"${known}"`).join(', ')}`;
    return [{ rule: 'network-config', severity: 'error', path: [...path, 'type'], message }];
  }
  const subnets = listMaps(item['subnets']).flatMap(([index, subnet]) =>
    checkSubnet(subnet, [...path, 'subnets', index]),
  );
  const name = item['name'];
  const needsMac = type === 'physical' && typeof name === 'string' && item['mac_address'] === undefined;
  return [
    ...checkMac(item['mac_address'], [...path, 'mac_address']),
    ...checkRoutes(type === 'route' ? [item] : [], path.slice(0, -1), 'destination').map(problem => ({
      ...problem,
      path: [...path, 'destination'],
    })),
    ...(needsMac && !isStableName(name)
      ? [describeName(name, [...path, 'name'], 'add its "mac_address"')]
      : []),
    ...subnets,
  ];
}

function checkSubnet(subnet: YamlMap, path: YamlPath): readonly Problem[] {
  const address = subnet['address'];
  const lacksPrefix =
    typeof address === 'string' && /^[0-9.]+$|^[0-9a-f:]+$/i.test(address) && subnet['netmask'] === undefined;
  const prefix: Problem = {
    rule: 'address-prefix',
    severity: 'error',
    path: [...path, 'address'],
    message: 'has no prefix length; write it as "192.168.1.10/24", or add "netmask"',
  };
  return [...(lacksPrefix ? [prefix] : []), ...checkRoutes(subnet['routes'], [...path, 'routes'], 'network')];
}
