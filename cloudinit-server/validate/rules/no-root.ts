import { isMap, listTexts } from '../record.ts';
import type { ConfigRule } from '../rule.ts';
import { type ConfigUser, readUsers } from './users.ts';

const ADMIN_GROUPS = ['sudo', 'wheel', 'admin', 'root'];

/** Users of which none may become root, in a guest whose default user is gone. */
export const checkNoRoot: ConfigRule = (config, { isComplete, merged }) => {
  if (config['users'] === undefined || !isComplete) return [];
  const { hasDefault, listed } = readUsers(config);
  if (hasDefault || listed.length === 0 || merged['disable_root'] === false || listed.some(mayBecomeRoot))
    return [];
  return [
    {
      rule: 'no-root',
      severity: 'warning',
      path: ['users'],
      at: 'key',
      message:
        'none of these users may become root, and the default user, who may, is not listed; add "- default", or "sudo" to one of them',
    },
  ];
};

function mayBecomeRoot({ name, settings }: ConfigUser): boolean {
  const groups = isMap(settings['groups'])
    ? Object.keys(settings['groups'])
    : listTexts(settings['groups']).flatMap(text => text.split(/[,\s]+/));
  const primary = settings['primary_group'];
  return (
    name === 'root' ||
    Boolean(settings['sudo'] ?? settings['doas']) ||
    settings['ssh_redirect_user'] === true ||
    [...groups, primary].some(group => ADMIN_GROUPS.some(admin => admin === group))
  );
}
