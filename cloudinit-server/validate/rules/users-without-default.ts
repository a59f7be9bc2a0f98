import type { ConfigRule } from '../rule.ts';
import { readUsers } from './users.ts';

/** What cloud-init does for the default user, and for nobody once `users` names others only. */
const FOR_DEFAULT = ['ssh_authorized_keys', 'ssh_import_id', 'password'];

/** Settings of the default user where there is no default user. */
export const checkUsersWithoutDefault: ConfigRule = (config, { isComplete, merged }) => {
  if (config['users'] === undefined || !isComplete || readUsers(config).hasDefault) return [];
  // Root gets the keys as well, and uses them where it may log in.
  const lost = FOR_DEFAULT.filter(key => key !== 'ssh_authorized_keys' || merged['disable_root'] !== false);
  return lost
    .filter(key => config[key] !== undefined)
    .map(key => ({
      rule: 'users-without-default',
      severity: 'error',
      path: [key],
      at: 'key',
      message: `it is for the image's default user, which there is not, as "users" does not list "default"; add "- default" to users, or give this to one of them`,
    }));
};
