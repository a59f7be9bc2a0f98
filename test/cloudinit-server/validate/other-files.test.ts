import { describe, expect, it } from 'vitest';
import { judge, judgeAll, PUBLIC_KEY } from './judge.ts';

describe('validateSeed() of meta-data', () => {
  it.each([
    ['instance-id: alice\nlocal-hostname: alice.example.org\n', []],
    ['{"instance-id": "a", "anything": [1]}', []],
    [`instance-id: a\npublic-keys:\n  alice: ${PUBLIC_KEY}\n`, []],
    ['instance_id: alice\n', ['1:1 instance-id instance_id']],
    ['local-hostname: alice\n', []],
    ['', []],
    ['instance-id:\n', ['1:13 instance-id instance-id']],
    ['instance-id: 007\n', ['1:14 instance-id? instance-id']],
    ['instance-id: on\n', ['1:14 instance-id instance-id']],
    ['instance-id: a b\n', ['1:14 instance-id instance-id']],
    ['- a\n', ['1:1 not-a-map']],
    ['<html>\n', ['1:1 not-a-map']],
    ['instance-id: a\nlocal-hostname: -a\n', ['2:17 hostname local-hostname']],
    ['instance-id: a\nhostname: a\n', ['2:1 meta-data? hostname']],
    ['instance-id: a\nnetwork-interfaces: x\n', ['2:1 meta-data? network-interfaces']],
    ['instance-id: a\npublic-keys: [nonsense]\n', ['2:15 ssh-key public-keys[0]']],
    ['instance-id: a\ninstance-id: b\n', ['2:1 yaml-syntax']],
  ])('%j has exactly the findings %j', (text, findings) => {
    expect(judge({ 'meta-data': text })).toEqual(findings.map(finding => `meta-data:${finding}`));
  });
});

describe('validateSeed() of what several VMs share', () => {
  const shared = (files: Readonly<Record<string, string>>) => judge(files, { isShared: true });

  it('wants names that are not the same for all', () => {
    expect(shared({ 'meta-data': 'instance-id: web\nlocal-hostname: web\nregion: x\n' })).toEqual([
      'meta-data:1:14 instance-id instance-id',
      'meta-data:2:17 hostname? local-hostname',
    ]);
    expect(
      shared({ 'meta-data': 'instance-id: "@{vm.instance_id}-b"\nlocal-hostname: web-@{vm.name}\n' }),
    ).toEqual([]);
  });

  it('does not say that nobody can log in: VMs may have keys of their own', () => {
    expect(shared({ 'user-data': '#cloud-config\nusers: []\n' })).toEqual([]);
  });
});

describe('validateSeed() with what goes under a seed', () => {
  const users = '#cloud-config\nusers: [default]\n';
  const key = `#cloud-config\nssh_authorized_keys: [${PUBLIC_KEY}]\n`;
  const given = (text: string) => ({ 'user-data': Buffer.from(users), 'vendor-data': Buffer.from(text) });

  it('judges by all that the guest gets', () => {
    expect(judge({ 'user-data': users })).toEqual(['user-data:2:1 lock-out users']);
    expect(judge({ 'user-data': users }, { given: given(key) })).toEqual([]);
    expect(judge({ 'user-data': users }, { given: given('') })).toEqual(['user-data:2:1 lock-out users']);
  });
});

describe('validateSeed() of variables', () => {
  it('takes them anywhere, of any type', () => {
    const text = `#cloud-config
hostname: @{vm.name}
users:
- name: @{vm.hostname}
  ssh_authorized_keys: [${PUBLIC_KEY}]
  sudo: "ALL=(ALL) NOPASSWD:ALL"
apt: {preserve_sources_list: @{vm.seed}}
write_files: [{path: "/etc/@{vm.seed}", permissions: @{vm.name}, content: "@{server.url}"}]
`;
    expect(judge({ 'user-data': text })).toEqual([]);
    expect(judge({ 'meta-data': 'instance-id: @{vm.instance_id}\n' })).toEqual([]);
    expect(judge({ 'network-config': 'version: 2\nethernets: {@{vm.name}: {dhcp4: true}}\n' })).toEqual([]);
  });

  it('tells those that there are not, in any kind of file', () => {
    const findings = judgeAll({
      'user-data': '#!/bin/sh\necho @{vm.hostnam}\n',
      'network-config': '# @{vm.x}\n',
    });
    expect(findings.map(({ file, line, column, message }) => [file, line, column, message])).toEqual([
      [
        'user-data',
        2,
        6,
        'there is no variable "vm.hostnam", so this stays as it is; did you mean "@{vm.hostname}"?',
      ],
      ['network-config', 1, 3, expect.stringContaining('there are vm.seed, vm.name, ')],
    ]);
  });

  it('tells those that only some VMs have a value for', () => {
    const files = { 'user-data': '#!/bin/sh\necho @{vm.mac} @{vm.name}\n' };
    expect(judge(files)).toEqual(['user-data:2:6 variable?']);
    expect(judge(files, { isRegistered: true })).toEqual([]);
  });
});

describe('validateSeed() of network-config', () => {
  const device = (lines: string) =>
    `version: 2\nethernets:\n  ens3:\n    ${lines.replaceAll('\n', '\n    ')}\n`;

  it.each([
    ['', []],
    ['network: {config: disabled}', []],
    [device('dhcp4: true'), []],
    [device('match: {macaddress: "52:54:00:12:34:56"}\nset-name: lan'), []],
    [device('addresses: [10.0.0.2/24]\nroutes: [{to: 0.0.0.0/0, via: 10.0.0.1}]'), []],
    [device('dhcp4: true').replace('ens3', 'eth0'), ['3:3 interface-name? ethernets.eth0']],
    [device('match: {name: enp0s2}'), ['4:13 interface-name? ethernets.ens3.match.name']],
    [device('match: {name: "en*"}'), []],
    [device('match: {macaddress: 52:54:00:12:34:56}'), ['4:25 mac-address ethernets.ens3.match.macaddress']],
    [device('match: {macaddress: 52-54-00-12-34-56}'), ['4:25 mac-address ethernets.ens3.match.macaddress']],
    [
      device('routes:\n  - to: default\n    via: 10.0.0.1'),
      ['5:13 route-default ethernets.ens3.routes[0].to'],
    ],
    [device('addresses: [10.0.0.2]'), ['4:17 address-prefix ethernets.ens3.addresses[0]']],
    [device('gateway4: 10.0.0.1'), ['4:5 deprecated? ethernets.ens3.gateway4']],
    [device('set-name: lan'), ['4:15 network-config ethernets.ens3.set-name']],
    ['network:\n  version: 2\n  ethernet: {}\n', ['3:3 network-config network.ethernet']],
    ['ethernets: {}\n', ['1:1 network-config']],
    ['version: "2"\n', ['1:10 network-config version']],
    ['- a\n', ['1:1 network-config']],
    ['version: 1\nconfig:\n  - {type: physical, name: ens3, subnets: [{type: dhcp}]}\n', []],
    ['version: 1\nconfig:\n  - {type: physical, name: eth0}\n', ['3:22 interface-name? config[0].name']],
    [
      'version: 1\nconfig:\n  - {type: route, destination: default, gateway: 10.0.0.1}\n',
      ['3:32 route-default config[0].destination'],
    ],
    ['version: 1\nconfig:\n  - {type: route, destination: 10.1.0.0/16}\n', ['3:5 schema config[0]']],
    [
      'version: 1\nconfig:\n  - type: physical\n    name: ens3\n    subnets:\n      - {type: static, address: 10.0.0.2}\n',
      ['6:33 address-prefix config[0].subnets[0].address'],
    ],
    ['version: 1\nconfig: {}\n', ['2:9 network-config config']],
    ['version: 1\nconfig:\n  - {type: phys}\n', ['3:12 network-config config[0].type']],
  ])('%j has exactly the findings %j', (text, findings) => {
    expect(judge({ 'network-config': text })).toEqual(findings.map(finding => `network-config:${finding}`));
  });
});

describe('validateSeed() of all files', () => {
  it('finds private keys in whatever format', () => {
    const key = '-----BEGIN RSA PRIVATE KEY-----';
    expect(judge({ 'user-data': `#!/bin/sh\ncat <<EOF\n${key}\nEOF\n` })).toEqual([
      'user-data:3:1 private-key?',
    ]);
  });

  it('sorts findings by file and place, and gives each a cure', () => {
    const all = judgeAll({
      'network-config': 'version: 3\n',
      'user-data': '#cloud-config\nb: 1\na: 1\n',
      'meta-data': 'instance_id: a\n',
    });
    expect(all.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'meta-data:1',
      'user-data:2',
      'user-data:2',
      'user-data:3',
      'network-config:1',
    ]);
    for (const { message } of all) expect(message).not.toMatch(/\.$/);
  });
});
