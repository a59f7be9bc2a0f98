import type { Problem } from '../finding.ts';
import type { YamlMap } from '../record.ts';
import type { ConfigRule } from '../rule.ts';
import type { YamlPath } from '../yaml-path.ts';
import { findKeyProblem } from './authorized-key.ts';
import { readUsers } from './users.ts';

/** Every public key of a config: one that sshd does not accept lets nobody in. */
export const checkSshKeys: ConfigRule = config => [
  ...checkKeys(config, []),
  ...readUsers(config).listed.flatMap(user => checkKeys(user.settings, user.path)),
];

function checkKeys(settings: YamlMap, parent: YamlPath): readonly Problem[] {
  return ['ssh_authorized_keys', 'ssh-authorized-keys'].flatMap(name => {
    const value = settings[name];
    const path = [...parent, name];
    if (typeof value === 'string') return checkText(value, path);
    if (!Array.isArray(value)) return [];
    return value.flatMap((key: unknown, index) =>
      typeof key === 'string' ? checkKey(key, [...path, index]) : [],
    );
  });
}

/** One text instead of a list: at the top, cloud-init takes each of its letters for a key. */
function checkText(text: string, path: YamlPath): readonly Problem[] {
  const problem = /PRIVATE KEY/.test(text) ? findKeyProblem(text) : undefined;
  const message =
    problem ?? 'must be a list, and is a text; write "- " before each key, on a line of its own';
  return [{ rule: 'ssh-key', severity: 'error', path, message }];
}

/** Checks one key. An item may hold several lines; each is a key. */
export function checkKey(text: string, path: YamlPath): readonly Problem[] {
  if (/PRIVATE KEY/.test(text))
    return [{ rule: 'ssh-key', severity: 'error', path, message: findKeyProblem(text) ?? '' }];
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const message = lines.map(findKeyProblem).find(problem => problem !== undefined);
  return message === undefined ? [] : [{ rule: 'ssh-key', severity: 'error', path, message }];
}
