import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeVendorData, MAX_MERGED_BYTES } from '../../../cloudinit-server/vendor/compose-vendor-data.ts';
import { buildObservingConfig } from '../../../cloudinit-server/vendor/observing-config.ts';

const ours = buildObservingConfig({ baseUrl: 'http://10.0.0.1:8000', token: 'TOKEN', reseed: 'once' });

function compose(theirs: string | undefined) {
  const { body, ...rest } = composeVendorData(theirs === undefined ? undefined : Buffer.from(theirs), ours);
  const text = body.toString();
  return { ...rest, text, value: rest.kind === 'composed' ? parse(text, { version: '1.1' }) : undefined };
}

describe('composeVendorData()', () => {
  it.each([undefined, '', '\n \n', '#cloud-config\n', '#cloud-config\n# nothing yet'])(
    'is ours alone under %j',
    theirs => {
      const { kind, text, value } = compose(theirs);
      expect(kind).toBe('composed');
      expect(text).toMatch(/^#cloud-config\n/);
      expect(value).toEqual(ours);
    },
  );

  it('keeps what the author wrote, to the letter that YAML 1.1 is strict about', () => {
    const theirs = `#cloud-config
# why
packages: [htop, qemu-guest-agent]
write_files:
  - path: /etc/x
    permissions: 0644
    content: |
      a: b
        c
users:
- name: yes
  time: 12:30
  key: "ssh-ed25519 ${'A'.repeat(300)} x"
`;
    const { kind, text, value } = compose(theirs);
    expect(kind).toBe('composed');
    expect(value).toEqual({ ...parse(theirs, { version: '1.1' }), ...ours });
    expect(text).toContain('# why');
    expect(text).toContain('permissions: 0644');
    expect(text).toContain('time: 12:30');
    expect(text.match(/#cloud-config/g)).toHaveLength(1);
  });

  it('lets the keys of the author win, and joins what reports go to', () => {
    const theirs = `#cloud-config
manual_cache_clean: false
phone_home: {url: "http://theirs/"}
reporting: {log: {type: log}, cloudinit-server: {type: print}}
`;
    expect(compose(theirs).value).toEqual(parse(theirs));
    const joined = compose('#cloud-config\nreporting:\n  log: {type: log}\n').value;
    expect(joined.reporting).toEqual({ log: { type: 'log' }, ...Object(ours['reporting']) });
  });

  it.each([
    ['#!/bin/sh\necho\n', 'no "#cloud-config"'],
    ['#cloud-config-archive\n- content: x\n', 'no "#cloud-config"'],
    ['## template: jinja\n#cloud-config\nhostname: x\n', 'no "#cloud-config"'],
    ['#include\nhttp://x/\n', 'no "#cloud-config"'],
    ['Content-Type: multipart/mixed\n', 'no "#cloud-config"'],
    ['#cloud-config\n- a\n', 'no map'],
    ['#cloud-config\na: [\n', 'YAML is broken'],
    ['#cloud-config\na: *missing\n', 'YAML is broken'],
    [`#cloud-config\na: ${'x'.repeat(MAX_MERGED_BYTES)}\n`, 'bytes'],
  ])('leaves %j alone', (theirs, reason) => {
    expect(compose(theirs)).toMatchObject({
      kind: 'left',
      text: theirs,
      reason: expect.stringContaining(reason),
    });
  });

  it('leaves a bomb of aliases alone', () => {
    const bomb = ['#cloud-config', 'a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let index = 1; index < 9; index += 1) {
      const before = index === 1 ? 'a' : `a${index - 1}`;
      bomb.push(`a${index}: &a${index} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`);
    }
    expect(compose(bomb.join('\n')).kind).toBe('left');
  });

  it('does not ask guests to remember their seed when they shall ask at every boot', () => {
    const config = buildObservingConfig({ baseUrl: 'http://x', token: 't', reseed: 'every-boot' });
    expect(Object.keys(config)).toEqual(['reporting', 'phone_home']);
  });
});
