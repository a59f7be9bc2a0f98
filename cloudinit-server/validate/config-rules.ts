import type { ConfigRule } from './rule.ts';
import { checkChpasswdLayout } from './rules/chpasswd.ts';
import { checkCommands } from './rules/commands.ts';
import { checkHostnames } from './rules/hostname.ts';
import { checkLockOut } from './rules/lock-out.ts';
import { checkNoRoot } from './rules/no-root.ts';
import { checkPasswords } from './rules/passwords.ts';
import { checkPermissions } from './rules/permissions.ts';
import { checkReboot } from './rules/reboot.ts';
import { checkSshKeys } from './rules/ssh-keys.ts';
import { checkSystemKeys } from './rules/system-keys.ts';
import { checkUsersWithoutDefault } from './rules/users-without-default.ts';

/** All that is known to go wrong with configs that a schema finds nothing wrong with, or not in words that help. */
export const CONFIG_RULES: readonly ConfigRule[] = [
  checkSshKeys,
  checkLockOut,
  checkUsersWithoutDefault,
  checkNoRoot,
  checkCommands,
  checkPermissions,
  checkChpasswdLayout,
  checkPasswords,
  checkReboot,
  checkSystemKeys,
  config => checkHostnames(config, ['hostname', 'fqdn']),
];
