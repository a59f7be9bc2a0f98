import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildHostname, buildInstanceId, buildMetaData } from '../../cloudinit-server/generated-meta-data.ts';

describe('buildMetaData()', () => {
  it('is the same for the same path, for ever: another instance-id costs guests their host keys', () => {
    expect(buildMetaData({ path: 'lab/vm1', name: 'vm1' })).toBe(
      'instance-id: "seed-4ec53c0885bd27bb0567"\nlocal-hostname: "vm1"\n',
    );
  });

  it('keeps a name of digits a text', () => {
    expect(parse(buildMetaData({ path: '007', name: '007' }), { version: '1.1' })).toMatchObject({
      'local-hostname': '007',
    });
  });
});

describe('buildInstanceId()', () => {
  it('differs between folders of one name', () => {
    expect(buildInstanceId('a/vm1')).not.toBe(buildInstanceId('b/vm1'));
  });
});

describe('buildHostname()', () => {
  it.each([
    ['alice', 'alice'],
    ['Web_Server 1', 'web-server-1'],
    ['vm1.example.org', 'vm1.example.org'],
    ['_default', 'default'],
    ['Bücher', 'bucher'],
    ['-.-', 'vm'],
    ['日本', 'vm'],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('makes "%s" legal', (name, hostname) => {
    expect(buildHostname(name)).toBe(hostname);
  });
});
