import { isMap, listTexts, type YamlMap } from '../record.ts';
import type { YamlPath } from '../yaml-path.ts';

/** One user that cloud-init makes. */
export interface ConfigUser {
  readonly path: YamlPath;
  readonly name: string;
  /** Empty where only a name is given. */
  readonly settings: YamlMap;
}

/** The users of a config; the image's own default user is not among them. */
export interface ConfigUsers {
  /** Whether the image's default user (`debian`, `ubuntu`, …) is made. */
  readonly hasDefault: boolean;
  readonly listed: readonly ConfigUser[];
}

/** Reads `users` and `user` in all forms that cloud-init takes: a list, a map by name, or names with commas. */
export function readUsers(config: YamlMap): ConfigUsers {
  const users = config['users'];
  const own = isMap(config['user']) ? [{ path: ['user'], name: 'user', settings: config['user'] }] : [];
  if (users === undefined || users === null) return { hasDefault: true, listed: own };
  const listed = isMap(users)
    ? readMap(users)
    : readList(typeof users === 'string' ? users.split(/[,\s]+/) : users);
  const others = listed.filter(user => user.name !== 'default' && user.name !== '');
  const hasDefault = listed.some(user => user.name === 'default');
  return { hasDefault, listed: hasDefault ? [...own, ...others] : others };
}

function readMap(users: YamlMap): readonly ConfigUser[] {
  return Object.entries(users).map(([name, settings]) => ({
    path: ['users', name],
    name,
    settings: isMap(settings) ? settings : {},
  }));
}

function readList(users: unknown): readonly ConfigUser[] {
  if (!Array.isArray(users)) return [];
  return users.flatMap((item: unknown, index): readonly ConfigUser[] => {
    const path = ['users', index];
    if (isMap(item)) return [{ path, name: String(item['name'] ?? item['snapuser'] ?? '?'), settings: item }];
    return listTexts(item).flatMap(names =>
      names.split(',').map(name => ({ path, name: name.trim(), settings: {} })),
    );
  });
}
