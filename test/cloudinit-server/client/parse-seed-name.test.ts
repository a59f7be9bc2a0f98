import { describe, expect, it } from 'vitest';
import { parseSeedName } from '../../../cloudinit-server/client/parse-seed-name.ts';
import { buildSeedPath } from '../../../cloudinit-server/seed-path.ts';

describe('parseSeedName()', () => {
  it.each(['alice', 'lab/vm1', 'a/b/c/d', 'v_1.example-2', '0', '.', 'x'.repeat(255)])(
    'accepts "%s"',
    name => {
      expect(parseSeedName(name)).toBe(name);
    },
  );

  it.each([
    ['', '""'],
    ['..', '".."'],
    ['../x', '"../x"'],
    ['a/../b', '"a/../b"'],
    ['/etc', '"/etc"'],
    ['a//b', '"a//b"'],
    ['a/', '"a/"'],
    ['.hidden', '".hidden"'],
    ['a/.', '"a/."'],
    ['a b', '"a b"'],
    ['a;b', '"a;b"'],
    ['a,b', '"a,b"'],
    ['a\nb', '"a\\nb"'],
    ['a%2fb', '"a%2fb"'],
    ['-a', '"-a"'],
    ['bücher', '"bücher"'],
  ])('refuses %j, naming it and what is wanted', (name, shown) => {
    expect(() => parseSeedName(name)).toThrow(
      `Cannot use ${shown} as the name of a seed: wanted folder names`,
    );
  });

  it('refuses more than 255 characters without repeating them all', () => {
    expect(() => parseSeedName('x'.repeat(256))).toThrow('it has 256 characters, at most 255 are possible');
  });

  it('refuses a name that the server uses itself', () => {
    expect(() => parseSeedName('healthz')).toThrow('the server uses "/healthz" itself; rename the folder');
    expect(parseSeedName('lab/healthz')).toBe('lab/healthz');
  });

  it('accepts nothing that the server would refuse', () => {
    for (const name of ['a', 'a/b.c-d_e', '0/1']) expect(buildSeedPath(name.split('/'))).toBe(name);
  });
});
