/** Characters of one label of a host name (RFC 1123, 2.1). */
const MAX_LABEL_LENGTH = 63;

/** The meta-data of a VM whose author wrote none. */
export function buildMetaData(instanceId: string, hostname: string): string {
  // JSON strings are YAML strings: a name such as "007" or "on" stays one.
  return `instance-id: ${JSON.stringify(instanceId)}\nlocal-hostname: ${JSON.stringify(hostname)}\n`;
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
