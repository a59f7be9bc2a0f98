import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNumberingRedactor, createRedactor } from '../../../cloudinit-server/redact/redactor.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { oddYaml } from '../fakes/odd-yaml.ts';

const redact = (text: string | Buffer) => createRedactor()(Buffer.from(text));

/** Never what stands in for it, and nothing that YAML takes for something else. */
const secret = fc.stringMatching(/^[A-Za-z][A-Za-z0-9+/_.-]{11,30}$/);

const PEM = (body: string) =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----`;
const indent = (text: string) => text.replace(/^/gm, '      ');

/** Where secrets are in seeds. */
const PLACES: Readonly<Record<string, (secret: string) => string>> = {
  'a password': s => `#cloud-config\npassword: ${s}\n`,
  'a quoted password': s => `#cloud-config\npassword: "${s}"\n`,
  'a password in lines': s => `#cloud-config\nusers:\n- name: a\n  plain_text_passwd: >-\n    ${s}\n`,
  'a hash': s => `#cloud-config\nusers: [{name: a, passwd: $6$salt$${s}}]\n`,
  'an alias': s => `#cloud-config\nx: &p ${s}\nusers:\n- hashed_passwd: *p\n`,
  'passwords of users': s => `#cloud-config\nchpasswd:\n  users:\n  - {name: a, password: ${s}}\n`,
  'a list of passwords': s => `#cloud-config\nchpasswd:\n  list: |\n    root:${s}\n    a:RANDOM\n`,
  'an old list of passwords': s => `#cloud-config\nchpasswd:\n  list: ["root:${s}"]\n`,
  'a host key': s => `#cloud-config\nssh_keys:\n  ed25519_private: |\n${indent(PEM(s))}\n`,
  'a key in a file': s => `#cloud-config\nwrite_files:\n- path: /x\n  content: |\n${indent(PEM(s))}\n`,
  'a key that is cut off': s => `#cloud-config\nx: |\n  -----BEGIN PRIVATE KEY-----\n  ${s}\n`,
  'a file for secrets': s => `#cloud-config\nwrite_files:\n- content: ${s}\n  path: /etc/ssl/private/x\n`,
  'a packed file': s =>
    `#cloud-config\nwrite_files:\n- path: /x\n  encoding: b64\n  content: ${Buffer.from(PEM(s)).toString('base64')}\n`,
  'a file packed twice': s =>
    `#cloud-config\nwrite_files:\n- path: /x\n  encoding: gz+b64\n  content: ${gzipSync(`DB_PASSWORD=${s}\n`.repeat(4)).toString('base64')}\n`,
  'an environment': s =>
    `#cloud-config\nwrite_files:\n- path: /x\n  content: |\n    DB_PASSWORD=${s}\n    A=1\n`,
  'an option': s => `#cloud-config\nruncmd:\n- join --token ${s} --server x\n- [join, "--token=${s}"]\n`,
  'a header': s => `#!/bin/sh\ncurl -H "Authorization: Bearer ${s}" http://x/\n`,
  'a user of curl': s => `#!/bin/sh\ncurl -u admin:${s} http://x/\n`,
  'a pipe into chpasswd': s => `#!/bin/sh\necho "root:${s}" | chpasswd\n`,
  'a URL': s =>
    `#cloud-config\napt: {sources: {x: {source: "deb https://me:${encodeURIComponent(s)}@x/ y main"}}}\n`,
  'a query': s => `#include\nhttps://x/y?a=b&access_token=${s}&c=d\n`,
  'a token of ours': s =>
    `#cloud-config\nphone_home: {url: "http://10.0.0.1:8000/-/phone-home/${s.replace(/[^\w]/g, '').padEnd(22, 'x')}"}\n`,
  'a wireless network': s => `wifis:\n  wlan0:\n    access-points: {home: {password: ${s}}}\n`,
  'a tunnel': s => `version: 2\ntunnels:\n  wg0: {mode: wireguard, key: ${s}}\n`,
  'a unit of another tool': s => `#cloud-config\nubuntu_pro: {token: ${s}}\n`,
  'YAML that is broken': s => `#cloud-config\nx: [\npassword: ${s}\n`,
  'a template': s => `## template: jinja\n#cloud-config\n{% if x %}\npassword: ${s}\n{% endif %}\n`,
  'a part of an archive': s =>
    `#cloud-config-archive\n- content: |\n    #cloud-config\n    passwd: >\n      ${s}\n- "#!/bin/sh\\nPASSWORD=${s}"\n`,
  'a message': s =>
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n#cloud-config\npassword: ${s}\n--x--\n`,
  'a packed part of a message': s =>
    `MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${Buffer.from(`#cloud-config\npassword: ${s}\n`).toString('base64')}\n`,
};

describe('createRedactor()', () => {
  it.each(Object.entries(PLACES))('does not show %s', (_name, place) => {
    fc.assert(
      fc.property(secret, value => {
        const text = place(value);
        const shown = redact(text);
        expect(shown).toContain('<redacted>');
        expect(shown).not.toContain(value);
        expect(shown).not.toContain(Buffer.from(value).toString('base64').slice(4, 12));
      }),
      { numRuns: fuzzRuns(20) },
    );
  });

  it.each([
    '#cloud-config\nusers:\n- name: alice\n  lock_passwd: true\n  ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJhc2U2NGJhc2U2NGJhc2U2NGJhc2U2NGJhc2U2NGJh a@b]\n',
    '#cloud-config\nchpasswd: {expire: false}\nssh_pwauth: true\npassword: @{vm.name}\n',
    '#cloud-config\nruncmd:\n- echo "the password is in the safe"\n- TOKEN=$(cat /run/token)\n- join --token "$TOKEN"\n',
    'instance-id: seed-4ec53c0885bd27bb0567\nlocal-hostname: vm1\npublic-keys: [ssh-rsa AAAA x]\n',
    'version: 2\nethernets: {id0: {match: {macaddress: "52:54:00:00:00:01"}, dhcp4: true}}\n',
    '#!/bin/sh\napt-get install -y passwd-tools # about tokens\n',
    '',
  ])('shows %j as it is', text => {
    expect(redact(text)).toBe(text.replace('password: @{vm.name}', 'password: <redacted>'));
  });

  it('replaces the value alone', () => {
    expect(redact('#cloud-config\npassword: x1 # why\nusers: []\n')).toBe(
      '#cloud-config\npassword: <redacted> # why\nusers: []\n',
    );
    expect(redact(`#cloud-config\nssh_keys:\n  rsa_private: |\n${indent(PEM('x'))}\n  rsa_public: y\n`)).toBe(
      '#cloud-config\nssh_keys:\n  rsa_private: <redacted>\n  rsa_public: y\n',
    );
  });

  it('shows of bytes that are no text how many they are', () => {
    expect(redact(gzipSync('#cloud-config\npassword: hunter2\n'))).toMatch(
      /^<redacted> \(\d+ bytes that are no text\)\n$/,
    );
  });

  it('never throws, and leaves nearly YAML alone', () => {
    fc.assert(
      fc.property(oddYaml, text => {
        expect(redact(text)).toBe(text);
      }),
    );
  });

  it.each([
    ['names', 'a.'.repeat(200_000)],
    ['keys', '-----BEGIN PRIVATE KEY-----'.repeat(20_000)],
    ['assignments', 'token '.repeat(100_000)],
    ['packed data', 'A'.repeat(1_000_000)],
    ['addresses', '://a:'.repeat(100_000)],
    ['brackets', '['.repeat(100_000)],
  ])('comes to an end of a megabyte of %s', (_name, text) => {
    expect(redact(text)).not.toBe('');
  });
});

describe('createNumberingRedactor()', () => {
  it('gives the same secret the same number in all texts, and another one another', () => {
    const numbered = createNumberingRedactor();
    const config = (password: string) => Buffer.from(`#cloud-config\npassword: ${password}\n`);
    expect([config('one'), config('two'), config('one')].map(numbered)).toEqual([
      '#cloud-config\npassword: <redacted 1>\n',
      '#cloud-config\npassword: <redacted 2>\n',
      '#cloud-config\npassword: <redacted 1>\n',
    ]);
  });
});
