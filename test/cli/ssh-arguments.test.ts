import { describe, expect, it } from 'vitest';
import { buildHostAlias, buildSshArguments } from '../../cli/ssh-arguments.ts';

const FACTS = {
  name: 'lab/vm1',
  address: '10.77.0.56',
  knownHostsFile: '/tmp/x/known_hosts',
  user: undefined,
  identityFile: undefined,
  options: [],
  command: [],
};

describe('buildSshArguments()', () => {
  it('pins host keys before anything that the user adds', () => {
    const argv = buildSshArguments({ ...FACTS, options: ['StrictHostKeyChecking=no', 'Port=2222'] });
    const options = argv.filter((_, index) => argv[index - 1] === '-o');
    expect(options[0]).toBe('StrictHostKeyChecking=yes');
    expect(options.slice(-2)).toEqual(['StrictHostKeyChecking=no', 'Port=2222']);
    expect(argv.at(-1)).toBe('lab-vm1');
  });

  it('keeps the words of a command apart from options', () => {
    const argv = buildSshArguments({
      ...FACTS,
      user: '-oProxyCommand=x',
      identityFile: 'a key',
      command: ['-oProxyCommand=x', 'a b', '$(x)'],
    });
    expect(argv.slice(-9)).toEqual([
      '-l',
      '-oProxyCommand=x',
      '-i',
      'a key',
      'lab-vm1',
      '--',
      '-oProxyCommand=x',
      'a b',
      '$(x)',
    ]);
  });

  it('quotes the path of the file of keys', () => {
    const argv = buildSshArguments({ ...FACTS, knownHostsFile: '/tmp/a b/100%/k' });
    expect(argv).toContain('UserKnownHostsFile="/tmp/a b/100%%/k"');
  });
});

describe('buildHostAlias()', () => {
  it.each([
    ['alice', 'alice'],
    ['default/web/vm/vm/0', 'default-web-vm-vm-0'],
    ['.', 'vm'],
    ['-oProxyCommand=x', 'oProxyCommand-x'],
    ['*,!host|1', 'host-1'],
    ['Ünal', 'nal'],
  ])('makes of %s %s', (name, alias) => {
    expect(buildHostAlias(name)).toBe(alias);
  });
});
