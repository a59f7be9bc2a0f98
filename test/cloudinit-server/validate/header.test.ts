import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { judge, judgeAll } from './judge.ts';

describe('validateSeed() of first lines', () => {
  it.each([
    '#!/bin/sh\nexit 0\n',
    '#include\nhttp://h/x\n',
    '#cloud-config-archive\n- a\n',
    '#cloud-boothook\nx\n',
    '#part-handler\nx\n',
    'Content-Type: multipart/mixed; boundary="x"\nMIME-Version: 1.0\n\n--x\n',
    '## template: jinja\n#!/bin/sh\necho {{ v1.region }}\n',
    gzipSync('users: ['),
    '',
    '\n',
  ])('does not judge %j', text => {
    expect(judge({ 'user-data': text })).toEqual([]);
    expect(judge({ 'vendor-data': text })).toEqual([]);
  });

  it('takes Windows line ends in cloud-config', () => {
    expect(judge({ 'vendor-data': '#cloud-config\r\npackages: [a]\r\n' })).toEqual([]);
    expect(
      judge({ 'vendor-data': '## template: jinja\r\n#cloud-config\r\nhostname: {{ v1.region }}\r\n' }),
    ).toEqual([]);
  });

  it.each([
    ['users: []\n', 1, 'its first line is no header'],
    ['# cloud-config\nusers: []\n', 1, 'not exactly "#cloud-config"'],
    ['#clod-config\n', 1, 'not exactly "#cloud-config"'],
    ['cloud-config\n', 1, 'not exactly "#cloud-config"'],
    ['# my VM\n#cloud-config\n', 1, 'move it up'],
    ['\ufeff#cloud-config\n', 1, 'byte order mark'],
    ['#cloud-config\n## template: jinja\na: 1\n', 2, 'swap them'],
    ['\n## template: jinja\n#cloud-config\n', 1, 'the very first line only'],
    ['##template:jinja\n#cloud-config\n', 1, 'exactly "## template: jinja"'],
    ['## template: jinja\nhostname: a\n', 2, 'make it "#cloud-config"'],
    ['#!/bin/sh\r\nexit 0\r\n', 1, 'Windows line ends'],
  ])('refuses %j', (text, line, message) => {
    expect(judgeAll({ 'vendor-data': text }).filter(({ rule }) => rule === 'user-data-header')).toEqual([
      expect.objectContaining({ line, severity: 'error', message: expect.stringContaining(message) }),
    ]);
  });

  it.each([
    ['\n#cloud-config\n', 2],
    ['#cloud-config # for alice\n', 1],
  ])('warns of %j', (text, line) => {
    expect(judge({ 'vendor-data': text })).toEqual([`vendor-data:${line}:1 user-data-header?`]);
  });

  it('names the line that is not UTF-8, and the file that is too large', () => {
    const latin1 = Buffer.from('#cloud-config\n# caf\xe9\n', 'latin1');
    expect(judge({ 'user-data': latin1 })).toEqual(['user-data:2:1 file-encoding']);
    expect(judge({ 'user-data': Buffer.alloc(2 ** 20 + 1, '#') })).toEqual(['user-data:1:1 file-size']);
  });
});

describe('validateSeed() of templates', () => {
  const head = '## template: jinja\n#cloud-config\n';

  it.each([
    ['hostname: {{ v1.local_hostname }}', []],
    ['hostname: {{ local_hostname }}', []],
    ['hostname: {{ ds.meta_data.instance_id }}-{{ ds.meta_data.my_key }}', []],
    ['runcmd:\n{% for name in ds.meta_data.names %}\n  - echo {{ name }}\n{% endfor %}', []],
    ['{% if v1.distro == "debian" %}\nhostname: a\n{% else %}\nhostname: b\n{% endif %}', []],
    ['{% set x = 5 %}\nhostname: a{{ x }}', []],
    ['ntp: {enabled: {{ ds.meta_data.my_key }}}', []],
    ['{# hostname: -a #}', []],
    ['hostname: {{ v1.local_hostnam }}', ['3:14 jinja-variable?']],
    ['hostname: {{ ds.meta_data.mykey }}', ['3:14 jinja-variable?']],
    ['hostname: {{ nothing }}', ['3:14 jinja-variable?']],
    ['hostname: -a{{ v1.region }}\nfoo: 1', ['4:1 unknown-key foo']],
  ])('%j has exactly the findings %j', (lines, findings) => {
    const files = {
      'vendor-data': `${head}${lines}\n`,
      'meta-data': 'instance-id: a\nmy-key: b\nnames: [a]\n',
    };
    expect(judge(files)).toEqual(findings.map(finding => `vendor-data:${finding}`));
  });
});
