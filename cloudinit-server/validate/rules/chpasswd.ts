import type { ConfigRule } from '../rule.ts';

/** Keys of `chpasswd` that stand beside it, as their lines are not indented. */
export const checkChpasswdLayout: ConfigRule = config => {
  if (!('chpasswd' in config)) return [];
  return ['expire', 'list']
    .filter(key => key in config)
    .map(key => ({
      rule: 'chpasswd-layout',
      severity: 'error',
      path: [key],
      at: 'key',
      covers: config['chpasswd'] === null ? [['chpasswd']] : [],
      message: `it belongs below "chpasswd" and has no effect here; indent it by two blanks`,
    }));
};
