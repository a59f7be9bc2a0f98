import type { Problem } from '../finding.ts';
import type { YamlMap } from '../record.ts';
import type { CloudConfigSchema } from '../schema/cloud-config-schema.ts';
import { describeUnknownKey } from '../schema/describe-error.ts';
import { isTemplated } from '../template.ts';
import { isSystemKey } from './system-keys.ts';

/** Suggesting something takes time; a file with more is no cloud-config. */
const MAX_FINDINGS = 20;

/** Keys at the top that the newest cloud-init does not know. Guests ignore them; old ones don't even say so. */
export function findUnknownKeys(config: YamlMap, schema: CloudConfigSchema): readonly Problem[] {
  return Object.keys(config)
    .filter(key => !schema.keys.has(key) && !isSystemKey(key) && !isTemplated(key))
    .slice(0, MAX_FINDINGS)
    .map(key => ({
      rule: 'unknown-key',
      severity: 'error',
      path: [key],
      at: 'key',
      message: describeUnknownKey(key, schema.keys),
    }));
}
