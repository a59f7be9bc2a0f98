import { describe, expect, it } from 'vitest';
import { openCli } from './cli-harness.ts';

describe('runCli()', () => {
  it('prints the version', async () => {
    await using cli = await openCli();
    expect(await cli.run('version')).toEqual({ code: 0, out: 'nomad-driver-vm 1.2.3\n', err: '' });
    expect((await cli.run('version', '--json')).out).toBe('{"version":"1.2.3"}\n');
  });

  it.each(['serve', 'list', 'wait', 'known-hosts', 'check', 'mac', 'new', 'version'])(
    'has help with an example for %s',
    async command => {
      await using cli = await openCli();
      const { code, out } = await cli.run(command, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`$ nomad-vm ${command}`);
    },
  );

  it.each([
    [[], 'Usage: nomad-vm'],
    [['chek'], 'Did you mean check?'],
    [['check'], "missing required argument 'path'"],
    [['check', '--jsn', 'x'], 'Did you mean --json?'],
    [['serve', '--seeds', 'x'], "required option '--listen <host:port>' not specified"],
    [['check', '--var', 'x', 'y'], 'Write name=value'],
  ])('answers %j with how to use it and exit code 2', async (argv, message) => {
    await using cli = await openCli();
    const { code, out, err } = await cli.run(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});
