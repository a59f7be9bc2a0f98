import { isKnownUserData } from '../user-data-format.ts';

/**
 * What a guest takes user-data or vendor-data for. Only cloud-config is judged further: what a script does, and what
 * parts a message has, is its author's affair.
 */
export type UserDataKind = 'empty' | 'cloud-config' | 'template' | 'other' | 'unknown';

/** The template's own line, which must be the first. */
const TEMPLATE = '## template: jinja';
const CLOUD_CONFIG = '#cloud-config';

/** Reads the kind from how the content begins; see cloud-init's handlers, `type_from_starts_with`. */
export function readUserDataKind(content: Buffer): UserDataKind {
  if (!isKnownUserData(content)) return 'unknown';
  const start = content.toString('latin1', 0, 4096).toLowerCase().trimStart();
  if (start === '') return 'empty';
  if (start.includes('mime-version:')) return 'other';
  if (start.startsWith(TEMPLATE)) {
    const rest = start.slice(start.indexOf('\n') + 1).trimStart();
    if (!start.includes('\n') || !rest.startsWith('#')) return 'unknown';
    return isCloudConfig(rest) ? 'template' : 'other';
  }
  return isCloudConfig(start) ? 'cloud-config' : 'other';
}

function isCloudConfig(start: string): boolean {
  return start.startsWith(CLOUD_CONFIG) && !/^#cloud-config-(archive|jsonp)/.test(start);
}
