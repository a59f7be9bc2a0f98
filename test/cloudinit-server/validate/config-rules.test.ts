import { describe, expect, it } from 'vitest';
import { judge, judgeAll, judgeConfig, PUBLIC_KEY } from './judge.ts';

const HASH = '$6$salt$hash';

describe('validateSeed() of cloud-config', () => {
  it.each([
    ['package_update: true\npackages: [nginx, [git, "1:2.0"]]'],
    [`ssh_authorized_keys:\n  - ${PUBLIC_KEY} alice@example.org\n  - 'from="10.0.0.0/8" ${PUBLIC_KEY}'`],
    [
      `users:\n  - default\n  - name: bob\n    sudo: ALL=(ALL) NOPASSWD:ALL\n    ssh_authorized_keys: [${PUBLIC_KEY}]`,
    ],
    [`users:\n  - name: bob\n    groups: users, sudo\n    lock_passwd: false\n    passwd: ${HASH}`],
    ['runcmd:\n  - echo hello\n  - [sh, -c, "echo: x"]\n  - null'],
    ['write_files:\n  - path: /a\n    permissions: "0644"\n    content: |\n      a:\tb\n'],
    [
      `chpasswd:\n  expire: false\n  users:\n    - {name: debian, type: RANDOM}\n    - {name: root, password: ${HASH}}`,
    ],
    ['power_state:\n  mode: reboot'],
    ['hostname: web-1\nfqdn: web-1.example.org'],
    ['merge_how: "list(append)+dict(recurse_array)+str()"\nubuntu_pro: {enable: [esm]}'],
    [''],
  ])('finds nothing wrong with %j', lines => {
    expect(judgeConfig(lines)).toEqual([]);
  });

  it.each([
    ['packges: [a]', ['1:1 unknown-key packges']],
    ['ntp:\n  enabled: "yes"', ['2:12 schema ntp.enabled']],
    ['ntp:\n  enabled: yes\n  srvers: []', ['3:3 schema ntp.srvers']],
    [
      'write_files:\n  - path: /a\n    permissions: 0644',
      ['3:18 file-permissions write_files[0].permissions'],
    ],
    [
      'write_files:\n  - path: /a\n    permissions: rw-r--r--',
      ['3:18 file-permissions write_files[0].permissions'],
    ],
    ['runcmd:\n  - echo\n  - echo a: b', ['3:5 command-is-map runcmd[1]']],
    ['runcmd: echo', ['1:9 schema runcmd']],
    ['runcmd:\n  - [1, a]', ['2:6 schema runcmd[0][0]']],
    ['bootcmd:\n  - [reboot]', ['2:5 reboot bootcmd[0]']],
    ['runcmd:\n  - apt-get update && reboot', ['2:5 reboot? runcmd[0]']],
    ['runcmd:\n  - touch /run/reboot-wanted', []],
    ['power_state: {mode: poweroff}', ['1:21 reboot? power_state.mode']],
    ['chpasswd:\nexpire: false', ['2:1 chpasswd-layout expire']],
    ['password: hunter2', ['1:11 plain-password? password']],
    [`password: ${HASH}`, []],
    ['chpasswd:\n  list: |\n    debian:hunter2\n    root:x', ['2:9 plain-password? chpasswd.list']],
    [
      'chpasswd:\n  users:\n    - {name: a, password: hunter2}',
      ['3:27 password-hash chpasswd.users[0].password'],
    ],
    ['users:\n  - default\n  - name: a\n    passwd: hunter2', ['4:13 password-hash users[1].passwd']],
    ['users:\n  - default\n  - name: a\n    shel: /bin/sh', ['4:5 schema users[1].shel']],
    ['users:\n  - default\n  - gecos: a', ['3:5 schema users[1]']],
    ['hostname: -web', ['1:11 hostname hostname']],
    ['hostname: web_1', ['1:11 hostname? hostname']],
    ['hostname: 0644', ['1:11 hostname hostname']],
    [`hostname: ${'a'.repeat(64)}`, ['1:11 hostname hostname']],
    ['fqdn: web', ['1:7 hostname? fqdn']],
    ['network: {version: 2}', ['1:1 system-key network']],
    ['manual_cache_clean: true', ['1:1 system-key? manual_cache_clean']],
    ['apt_update: true', ['1:1 deprecated? apt_update']],
    ['- a', ['0:1 not-a-map']],
    [
      'hostname: "{{ v1.region }}"',
      ['1:12 jinja-header? ', '1:11 hostname hostname'].map(text => text.trimEnd()).toReversed(),
    ],
  ])('%j has exactly the findings %j', (lines, findings) => {
    expect(judgeConfig(lines)).toEqual(findings);
  });

  it.each([
    [`ssh_authorized_keys: ${PUBLIC_KEY}`, '1:22', 'must be a list'],
    [`ssh_authorized_keys:\n  - ${PUBLIC_KEY.slice(0, -12)} a@b`, '2:5', 'cut off'],
    [
      `ssh_authorized_keys:\n  - ${PUBLIC_KEY.replace('ssh-ed25519', 'ssh-rsa')}`,
      '2:5',
      'not of the type "ssh-rsa"',
    ],
    ['ssh_authorized_keys:\n  - ssh-ed25519 AAAA…', '2:5', 'what follows "ssh-ed25519" is no key'],
    ['ssh_authorized_keys:\n  - alice', '2:5', 'no public key'],
    [
      'ssh_authorized_keys:\n  - |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    x',
      '2:5',
      'this is a private key',
    ],
    ['ssh_authorized_keys:\n  - "---- BEGIN SSH2 PUBLIC KEY ----"', '2:5', 'ssh-keygen -i'],
  ])('tells what is wrong with the key in %j', (lines, place, message) => {
    const all = judgeAll({ 'user-data': `#cloud-config\n${lines}\n` });
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({
      rule: 'ssh-key',
      severity: 'error',
      message: expect.stringContaining(message),
    });
    expect(`${(all[0]?.line ?? 0) - 1}:${all[0]?.column}`).toBe(place);
  });

  it.each([
    ['users:\n  - name: bob', ['2:1 lock-out users', '2:1 no-root? users']],
    [`users:\n  - name: bob\n    sudo: ALL\n    passwd: ${HASH}`, ['3:5 lock-out users[0]']],
    ['users: []', ['2:1 lock-out users']],
    [
      `users:\n  - name: bob\n    sudo: ALL\nssh_authorized_keys: [${PUBLIC_KEY}]`,
      ['2:1 lock-out users', '5:1 users-without-default ssh_authorized_keys'],
    ],
    [`disable_root: false\nusers: [root]\nssh_authorized_keys: [${PUBLIC_KEY}]`, []],
    ['packages: [nginx]', ['2:1 lock-out?']],
    ['users:\n  - name: bob\n    sudo: ALL\nruncmd: [./let-me-in]', ['2:1 lock-out? users']],
    [`user: {name: bob, ssh_authorized_keys: [${PUBLIC_KEY}]}`, []],
    ['users:\n  bob: {ssh_import_id: [gh:bob], sudo: ALL}', []],
    ['ssh_import_id: [gh:bob]', []],
  ])('knows who is locked out by %j', (lines, findings) => {
    const user = judge({ 'user-data': `#cloud-config\n${lines}\n` });
    expect(user).toEqual(findings.map(finding => `user-data:${finding}`));
  });

  it('counts what vendor-data adds', () => {
    const vendor = `#cloud-config\nssh_authorized_keys: [${PUBLIC_KEY}]\nmanual_cache_clean: true\n`;
    expect(judge({ 'user-data': '#cloud-config\npackages: [a]\n', 'vendor-data': vendor })).toEqual([]);
    expect(judge({ 'user-data': '#cloud-config\npackages: [a]\n', 'vendor-data': '#!/bin/sh\n' })).toEqual(
      [],
    );
  });

  it('never quotes what may be secret', () => {
    const secrets =
      'password: hunter2\nusers:\n  - name: a\n    passwd: hunter2\n    uid: [hunter2]\nntp: hunter2\nntp_: hunter2\n';
    const all = judgeAll({ 'user-data': `#cloud-config\n${secrets}` });
    expect(all.length).toBeGreaterThan(4);
    expect(JSON.stringify(all)).not.toContain('hunter2');
  });
});
