import type { Problem } from '../finding.ts';
import type { YamlMap } from '../record.ts';
import type { CloudConfigSchema } from '../schema/cloud-config-schema.ts';
import { describeUnknownKey } from '../schema/describe-error.ts';
import { isTemplated } from '../template.ts';
import { isSystemKey } from './system-keys.ts';

/**
 * Keys of releases after the oldest schema that builds have, and those that cloud-init takes without any schema.
 * Source: its schema at 26.2 against that at 22.4.2.
 */
const LATER_KEYS = [
  'create_hostname_file',
  'launch-index',
  'merge_how',
  'merge_type',
  'output',
  'rpi',
  'system_info',
  'ubuntu_pro',
  'version',
];

/** Suggesting something takes time; a file with more is no cloud-config. */
const MAX_FINDINGS = 20;

/** Keys at the top that no cloud-init knows. Guests ignore them; old ones don't even say so. */
export function findUnknownKeys(config: YamlMap, schema: CloudConfigSchema): readonly Problem[] {
  const known = new Set([...schema.keys, ...LATER_KEYS]);
  return Object.keys(config)
    .filter(key => !known.has(key) && !isSystemKey(key) && !isTemplated(key))
    .slice(0, MAX_FINDINGS)
    .map(key => ({
      rule: 'unknown-key',
      severity: 'error',
      path: [key],
      at: 'key',
      message: describeUnknownKey(key, known),
    }));
}
