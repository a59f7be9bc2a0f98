import type { Problem } from '../finding.ts';
import { isMap, listMaps, listTexts, type YamlMap } from '../record.ts';
import type { ConfigRule } from '../rule.ts';
import { isTemplated } from '../template.ts';
import type { YamlPath } from '../yaml-path.ts';
import { readUsers } from './users.ts';

/** A hash of crypt(5), or a mark that no password matches. */
const HASH = /^(\$[\w-]+\$|_|!|\*|[./0-9A-Za-z]{13}$)/;
const RANDOM = ['R', 'RANDOM'];

/** Passwords that everybody who reads the seed can use, and plain ones where only a hash works. */
export const checkPasswords: ConfigRule = config => [
  ...findPlain(config['password'], ['password']),
  ...readUsers(config).listed.flatMap(({ path, settings }) => [
    ...findPlain(settings['plain_text_passwd'], [...path, 'plain_text_passwd']),
    ...['passwd', 'hashed_passwd'].flatMap(key => findUnhashed(settings[key], [...path, key])),
  ]),
  ...checkChpasswd(isMap(config['chpasswd']) ? config['chpasswd'] : {}),
];

function checkChpasswd(chpasswd: YamlMap): readonly Problem[] {
  const users = listMaps(chpasswd['users']).flatMap(([index, user]) => {
    const path = ['chpasswd', 'users', index, 'password'];
    return user['type'] === 'text' ? findPlain(user['password'], path) : findUnhashed(user['password'], path);
  });
  const list = chpasswd['list'];
  const lines = listTexts(typeof list === 'string' ? list.split('\n') : list);
  const plain = lines.flatMap((line, index) => {
    const password = line.slice(line.indexOf(':') + 1).trim();
    if (!line.includes(':')) return [];
    return findPlain(password, Array.isArray(list) ? ['chpasswd', 'list', index] : ['chpasswd', 'list']);
  });
  return [...users, ...(Array.isArray(list) ? plain : plain.slice(0, 1))];
}

function findPlain(value: unknown, path: YamlPath): readonly Problem[] {
  if (typeof value !== 'string' || value === '' || isTemplated(value)) return [];
  if (HASH.test(value) || RANDOM.includes(value)) return [];
  const message =
    'everybody who can fetch the seed can read this password; use SSH keys, or a hash made with "mkpasswd -m yescrypt"';
  return [{ rule: 'plain-password', severity: 'warning', path, message }];
}

function findUnhashed(value: unknown, path: YamlPath): readonly Problem[] {
  if (typeof value !== 'string' || value === '' || isTemplated(value) || HASH.test(value)) return [];
  const message =
    'must be a hash, and is none, so nobody can log in with it and everybody can read it; make one with "mkpasswd -m yescrypt"';
  return [{ rule: 'password-hash', severity: 'error', path, message }];
}
