import { createHash } from 'node:crypto';
import type { Seed } from './seed-store.ts';

/** Characters of one label of a host name (RFC 1123, 2.1). */
const MAX_LABEL_LENGTH = 63;

/**
 * The meta-data of a seed that has none.
 *
 * The instance-id depends on the seed's path and nothing else: it is the same after every restart and on every
 * server, and no edit of another file changes it, as a changed one gives the guest new host keys.
 */
export function buildMetaData(seed: Pick<Seed, 'path' | 'name'>): string {
  // JSON strings are YAML strings: a name such as "007" or "on" stays one.
  return `instance-id: ${JSON.stringify(buildInstanceId(seed.path))}\nlocal-hostname: ${JSON.stringify(buildHostname(seed.name))}\n`;
}

/** A stable identity for the seed at this path: "seed-" and 20 hexadecimal digits. */
export function buildInstanceId(path: string): string {
  return `seed-${createHash('sha256').update(path).digest('hex').slice(0, 20)}`;
}

/** The legal host name nearest to a folder's name; dots go on separating host and domain. */
export function buildHostname(name: string): string {
  const labels = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split('.')
    .map(label => trimDashes(trimDashes(label.replace(/[^a-z0-9]+/g, '-')).slice(0, MAX_LABEL_LENGTH)))
    .filter(label => label !== '');
  return labels.join('.') || 'vm';
}

function trimDashes(label: string): string {
  return label.replace(/^-+|-+$/g, '');
}
