import type { YamlPath } from '../yaml-path.ts';

/** The path of a JSON pointer (RFC 6901). A map's key that looks like an index becomes one, which finds it as well. */
export function parsePointer(pointer: string): YamlPath {
  return pointer
    .split('/')
    .slice(1)
    .map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(segment => (/^(0|[1-9]\d{0,8})$/.test(segment) ? Number(segment) : segment));
}
