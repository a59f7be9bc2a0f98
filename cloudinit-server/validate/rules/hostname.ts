import type { Problem } from '../finding.ts';
import type { YamlMap } from '../record.ts';
import { isTemplated } from '../template.ts';

/** Characters that Linux has room for (gethostname(2), HOST_NAME_MAX is 64). */
const MAX_NAME = 253;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** The host names of a map, by these keys. */
export function checkHostnames(map: YamlMap, keys: readonly string[]): readonly Problem[] {
  return keys.flatMap(key => {
    const value = map[key];
    const message = findProblem(value, key);
    if (message === undefined) return [];
    // Linux takes an underscore; DNS, DHCP servers and certificates do not.
    const isAccepted = typeof value === 'string' && findProblem(value.replaceAll('_', 'x'), '') === undefined;
    return [{ rule: 'hostname', severity: isAccepted ? 'warning' : 'error', path: [key], message }];
  });
}

function findProblem(value: unknown, key: string): string | undefined {
  if (value === undefined || value === null || isTemplated(value)) return undefined;
  if (typeof value !== 'string')
    return 'must be a text, and YAML makes something else of it; put it in quotes';
  const labels = value.replace(/\.$/, '').split('.');
  if (value.length > MAX_NAME || labels.some(label => label.length > 63)) {
    return 'is too long: a name has at most 63 characters between dots, and 253 in all; shorten it';
  }
  if (!labels.every(label => LABEL.test(label))) {
    return 'is no host name (RFC 1123); use letters, digits and "-", no "_", and "-" neither first nor last';
  }
  return key === 'fqdn' && labels.length < 2
    ? 'has no domain; write "host.example.org", or use hostname'
    : undefined;
}
