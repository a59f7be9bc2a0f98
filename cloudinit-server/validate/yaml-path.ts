/** The way from a document's root to a value: keys of maps and indexes of lists. */
export type YamlPath = readonly (string | number)[];

/** `users[1].ssh_authorized_keys[0]`, as people write it. Keys that would be mistaken for syntax are quoted. */
export function formatPath(path: YamlPath): string {
  return path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (!/^[\w-]{1,64}$/.test(segment)) return `[${JSON.stringify(segment.slice(0, 64))}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}
