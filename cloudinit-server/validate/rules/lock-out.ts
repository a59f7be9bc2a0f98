import type { Problem } from '../finding.ts';
import { isMap, type YamlMap } from '../record.ts';
import type { ConfigRule } from '../rule.ts';
import { type ConfigUser, readUsers } from './users.ts';

/** Keys by which something else than the config can let people in. */
const OTHER_WAYS = [
  'runcmd',
  'bootcmd',
  'write_files',
  'ansible',
  'puppet',
  'chef',
  'salt_minion',
  'autoinstall',
];

/** A user's keys that are as good as SSH keys. */
const KEY_SETTINGS = [
  'ssh_authorized_keys',
  'ssh-authorized-keys',
  'ssh_import_id',
  'ssh-import-id',
  'ssh_redirect_user',
];
const PASSWORD_SETTINGS = ['passwd', 'hashed_passwd', 'plain_text_passwd'];

/** Whether anybody at all can log in to a guest with this config. */
export const checkLockOut: ConfigRule = (config, { file, merged, metaData, isComplete }) => {
  if (file !== 'user-data' || !isComplete || merged['autoinstall'] !== undefined) return [];
  const { hasDefault, listed } = readUsers(merged);
  if (isFilled(merged['chpasswd']) || listed.some(canLogIn)) return [];
  if (hasDefault && hasDefaultLogin(merged, metaData)) return [];
  // Keys at the top are root's too, where root may log in.
  if (merged['disable_root'] === false && isFilled(merged['ssh_authorized_keys'])) return [];
  return [describe(config, merged, listed)];
};

function describe(config: YamlMap, merged: YamlMap, listed: readonly ConfigUser[]): Problem {
  const hasUsers = config['users'] !== undefined || isFilled(config['user']);
  const isCertain = hasUsers && !OTHER_WAYS.some(key => merged[key] !== undefined);
  const locked = listed.find(user => PASSWORD_SETTINGS.some(key => isFilled(user.settings[key])));
  const message =
    locked === undefined
      ? 'nobody can log in, as no user has an SSH key or a password; add ssh_authorized_keys'
      : 'nobody can log in, as this is the only password and lock_passwd is true unless given; add "lock_passwd: false" or ssh_authorized_keys';
  return {
    rule: 'lock-out',
    severity: isCertain ? 'error' : 'warning',
    path: locked?.path ?? (hasUsers ? ['users'] : []),
    at: locked === undefined ? 'key' : 'value',
    message,
  };
}

function canLogIn({ settings }: ConfigUser): boolean {
  if (KEY_SETTINGS.some(key => isFilled(settings[key]))) return true;
  const isUnlocked = settings['lock_passwd'] === false || settings['lock-passwd'] === false;
  return isUnlocked && PASSWORD_SETTINGS.some(key => isFilled(settings[key]));
}

function hasDefaultLogin(merged: YamlMap, metaData: YamlMap): boolean {
  return (
    ['ssh_authorized_keys', 'ssh_import_id', 'password'].some(key => isFilled(merged[key])) ||
    ['public-keys', 'public_keys'].some(key => isFilled(metaData[key]))
  );
}

/** Neither absent, empty, nor false. */
function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.values(value).some(isFilled);
  return value !== undefined && value !== null && value !== false && value !== '';
}
