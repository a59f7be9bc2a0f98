import type { Problem } from '../finding.ts';
import { isMap } from '../record.ts';
import { isTemplated } from '../template.ts';
import type { YamlPath } from '../yaml-path.ts';

/** Checks a MAC address, which YAML 1.1 takes for a number of base 60 when none of its digits is a letter. */
export function checkMac(value: unknown, path: YamlPath): readonly Problem[] {
  if (value === undefined || isTemplated(value)) return [];
  if (typeof value === 'string' && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value)) return [];
  const message =
    typeof value === 'number'
      ? 'YAML makes a number of this MAC address, as it has no letter; put it in quotes'
      : 'is no MAC address; write six pairs of hexadecimal digits with colons, in quotes';
  return [{ rule: 'mac-address', severity: 'error', path, message }];
}

/** Checks the destinations of a list of routes. @param key what the format calls a destination */
export function checkRoutes(
  routes: unknown,
  path: YamlPath,
  key: 'to' | 'network' | 'destination',
): readonly Problem[] {
  if (!Array.isArray(routes)) return [];
  return routes.flatMap((route: unknown, index): readonly Problem[] => {
    if (!isMap(route) || route[key] !== 'default') return [];
    const message =
      'ends cloud-init with an error on every guest that does not use netplan: no users, no keys; write "0.0.0.0/0", or "::/0"';
    return [{ rule: 'route-default', severity: 'error', path: [...path, index, key], message }];
  });
}

/** The names that this project's VMs give their interfaces: ens3 and on. */
const OWN_NAMES = /^ens([3-9]|1[0-5])$/;

/** Whether a name holds on every guest of ours; others depend on the distribution and the machine. */
export function isStableName(name: string): boolean {
  return OWN_NAMES.test(name) || isTemplated(name);
}

/** The finding for a name that only some guests use. */
export function describeName(name: string, path: YamlPath, cure: string): Problem {
  const message = `not every guest calls an interface "${name.slice(0, 32)}"; ${cure}`;
  return { rule: 'interface-name', severity: 'warning', path, at: 'key', message };
}
