import type { ConfigRule } from '../rule.ts';

/** Keys of a guest's own configuration that people put into user-data, and what happens there. */
const KEYS: Readonly<Record<string, { severity: 'error' | 'warning'; message: string }>> = {
  network: {
    severity: 'error',
    message: 'cloud-init ignores network settings in user-data; put them into the file "network-config"',
  },
  datasource: {
    severity: 'warning',
    message: 'it comes too late to choose where seeds come from; remove it, or put it into the image',
  },
  datasource_list: {
    severity: 'warning',
    message: 'it comes too late to choose where seeds come from; remove it, or put it into the image',
  },
  manual_cache_clean: {
    severity: 'warning',
    message: 'cloud-init reports it as an error in user-data; put it into the file "vendor-data"',
  },
};

/** Keys that cloud-init's schema lacks though they mean something elsewhere. */
export const checkSystemKeys: ConfigRule = (config, { file }) =>
  Object.entries(KEYS)
    .filter(([key]) => key in config && isMisplaced(key, file))
    .map(([key, { severity, message }]) => ({
      rule: 'system-key',
      severity,
      path: [key],
      at: 'key',
      message,
    }));

/** Whether these keys are somebody's to judge other than as unknown. */
export function isSystemKey(key: string): boolean {
  return Object.hasOwn(KEYS, key);
}

function isMisplaced(key: string, file: string): boolean {
  return key !== 'manual_cache_clean' || file === 'user-data';
}
