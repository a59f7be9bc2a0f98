import { describe, expect, it } from 'vitest';
import { findOldestGuest } from '../../../cloudinit-server/seed-check/find-oldest-guest.ts';

describe('findOldestGuest()', () => {
  const versions: Readonly<Record<string, string | undefined>> = {
    a: '26.2',
    b: '9.1',
    c: '22.4.2',
    d: undefined,
  };
  const observer = {
    findVm: (key: string) => (key in versions ? { id: 1, key, token: '' } : undefined),
    lastCloudInit: ({ key }: { readonly key: string }) => versions[key],
  };

  it.each([
    [['a', 'c'], '22.4.2'],
    [['a', 'b', 'c', 'd'], '9.1'],
    [['d', 'nobody'], undefined],
    [[], undefined],
  ])('of %j is %s', (keys, version) => {
    expect(findOldestGuest(observer, keys)).toBe(version);
  });
});
