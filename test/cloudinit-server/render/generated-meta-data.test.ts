import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildHostname, buildMetaData } from '../../../cloudinit-server/render/generated-meta-data.ts';

describe('buildMetaData()', () => {
  it('keeps a name of digits a text', () => {
    expect(buildMetaData('seed-1', 'vm1')).toBe('instance-id: "seed-1"\nlocal-hostname: "vm1"\n');
    expect(parse(buildMetaData('seed-1', '007'), { version: '1.1' })).toEqual({
      'instance-id': 'seed-1',
      'local-hostname': '007',
    });
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
