import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MAX_MERGED_BYTES } from '../../../cloudinit-server/render/map-text.ts';
import { buildObservingConfig } from '../../../cloudinit-server/vendor/observing-config.ts';
import { putConfigUnder } from '../../../cloudinit-server/vendor/put-config-under.ts';

const OURS = buildObservingConfig({ baseUrl: 'http://10.0.0.1:8000', token: 'TOKEN', reseed: 'once' });
const ours = parse(OURS);

function compose(theirs: string) {
  const merged = putConfigUnder(theirs, OURS);
  if (merged.kind === 'refused') throw new Error(merged.reason);
  return { text: merged.text, value: parse(merged.text, { version: '1.1', uniqueKeys: false }) };
}

describe('putConfigUnder()', () => {
  it.each(['', '\n \n', '#cloud-config\n', '#cloud-config', '#cloud-config\n# nothing yet'])(
    'gives the weaker one alone under %j',
    theirs => {
      const { text, value } = compose(theirs);
      expect(text).toMatch(/^#cloud-config\n/);
      expect(value).toEqual(ours);
    },
  );

  it('keeps what the author wrote to the byte, comments and all', () => {
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
  token: 12e3
  id: 12345678901234567890
  key: "ssh-ed25519 ${'A'.repeat(300)} x"
`;
    const { text, value } = compose(theirs);
    expect(text.startsWith(theirs)).toBe(true);
    expect(value).toEqual({ ...parse(theirs, { version: '1.1' }), ...ours });
  });

  it('lets the keys of the author win, and joins what reports go to', () => {
    const theirs = `#cloud-config
manual_cache_clean: false
phone_home: {url: "http://theirs/"}
reporting: {log: {type: log}, cloudinit-server: {type: print}}
`;
    expect(compose(theirs).text).toBe(theirs);
    for (const reporting of [
      'reporting:\n  # mine\n  log: {type: log}\n',
      'reporting:\n    log:\n        type: log\nfinal_message: x',
      'reporting: {log: {type: log}}\n',
      '"reporting": &r\n  log: {type: log}\n',
    ]) {
      const joined = compose(`#cloud-config\n${reporting}`);
      expect(joined.value.reporting).toEqual({ log: { type: 'log' }, ...Object(ours['reporting']) });
    }
    expect(compose('#cloud-config\nreporting: {}\n').value).toEqual(ours);
  });

  it('takes a config in braces', () => {
    expect(compose('#cloud-config\n{"packages": ["x"], "runcmd": [["a", "b"]]}').value).toEqual({
      packages: ['x'],
      runcmd: [['a', 'b']],
      ...ours,
    });
  });

  it.each([
    ['#!/bin/sh\necho\n', 'no "#cloud-config"'],
    ['\uFEFF#cloud-config\na: b\n', 'no "#cloud-config"'],
    ['#cloud-config-archive\n- content: x\n', 'no "#cloud-config"'],
    ['## template: jinja\n#cloud-config\nhostname: x\n', 'no "#cloud-config"'],
    ['#include\nhttp://x/\n', 'no "#cloud-config"'],
    ['Content-Type: multipart/mixed\n', 'no "#cloud-config"'],
    ['#cloud-config\n- a\n', 'no map'],
    ['#cloud-config\na: [\n', 'YAML is broken'],
    ['#cloud-config\na: *missing\n', 'YAML is broken'],
    ['#cloud-config\n  a: b\n', 'no plain words'],
    ['#cloud-config\n? [a]\n: b\n', 'no plain words'],
    ['#cloud-config\n<<: {packages: [x]}\nmanual: y\n', 'no plain words'],
    ['#cloud-config\na: b\n...\n', 'without changing'],
    [`#cloud-config\na: ${'x'.repeat(MAX_MERGED_BYTES)}\n`, 'bytes'],
  ])('refuses %j', (theirs, reason) => {
    const merged = putConfigUnder(theirs, OURS);
    expect(merged).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) });
  });

  it('tells which of two is to blame', () => {
    const good = '#cloud-config\na: b\n';
    expect(putConfigUnder(good, '#!/bin/sh\n')).toMatchObject({ kind: 'refused', layer: 'weaker' });
    expect(putConfigUnder(good, '#cloud-config\na: [\n')).toMatchObject({ kind: 'refused', layer: 'weaker' });
    expect(putConfigUnder('#!/bin/sh\n', good)).toMatchObject({ kind: 'refused', layer: 'stronger' });
  });

  it('refuses a bomb of aliases', () => {
    const bomb = ['#cloud-config', 'a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let index = 1; index < 9; index += 1) {
      const before = index === 1 ? 'a' : `a${index - 1}`;
      bomb.push(`a${index}: &a${index} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`);
    }
    expect(putConfigUnder(bomb.join('\n'), OURS).kind).toBe('refused');
  });
});

describe('buildObservingConfig()', () => {
  const build = (baseUrl: string, reseed: 'once' | 'every-boot') =>
    parse(buildObservingConfig({ baseUrl, token: 't', reseed }), { version: '1.1' });

  it('lets guests give up soon on reports that nobody takes', () => {
    // A guest that remembers its seed reports before its network is up, and waits for each report.
    expect(build('http://x', 'once')).toMatchObject({
      reporting: { 'cloudinit-server': { timeout: 3, retries: 1 } },
      phone_home: { tries: 3 },
    });
  });

  it('does not ask guests to remember their seed when they shall ask at every boot', () => {
    expect(Object.keys(build('http://x', 'every-boot'))).toEqual(['reporting', 'phone_home']);
  });

  it.each(['http://[::1]:8000', 'http://a.example:8000/seeds', '@{server.url}'])(
    'has %s in it as text',
    baseUrl => {
      expect(build(baseUrl, 'once')).toMatchObject({
        reporting: { 'cloudinit-server': { endpoint: `${baseUrl}/-/events/t` } },
        phone_home: { url: `${baseUrl}/-/phone-home/t` },
      });
    },
  );
});
