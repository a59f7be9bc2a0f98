import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../cli/run-program.ts';
import { buildSshArguments } from '../../cli/ssh-arguments.ts';

/** What the real ssh makes of its arguments and of a hostile configuration file; it connects to nobody. */
async function explain(more: Partial<Parameters<typeof buildSshArguments>[0]>) {
  const argv = buildSshArguments({
    name: 'lab/vm1',
    address: '10.77.0.56',
    knownHostsFile: '/tmp/a b/known_hosts',
    user: 'debian',
    identityFile: undefined,
    options: ['Port=2222', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/etc/other', 'HostName=evil'],
    command: [],
    ...more,
  });
  const { stdout } = await execa('ssh', ['-G', ...argv]);
  return new Map(stdout.split('\n').map(line => [line.split(' ', 1)[0], line.replace(/^\S+ /, '')]));
}

describe('ssh', () => {
  it('takes the arguments as they are meant', async () => {
    const effective = await explain({});
    expect(Object.fromEntries(effective)).toMatchObject({
      hostname: '10.77.0.56',
      hostkeyalias: 'lab-vm1',
      user: 'debian',
      port: '2222',
      stricthostkeychecking: 'true',
      userknownhostsfile: '/tmp/a b/known_hosts',
      globalknownhostsfile: '/dev/null',
      checkhostip: 'no',
      updatehostkeys: 'false',
    });
    expect(effective.get('knownhostscommand') ?? 'none').toBe('none');
  });

  it('takes no word of a command for an option', async () => {
    const effective = await explain({ command: ['-p', '1', '-oProxyCommand=touch /tmp/x'] });
    expect(effective.get('port')).toBe('2222');
    expect(effective.get('proxycommand') ?? 'none').toBe('none');
  });
});

describe('runProgram()', () => {
  it('gives the exit code of what it ran, without a shell between', async () => {
    const { signal } = new AbortController();
    expect(await runProgram('sh', ['-c', 'exit 7', '$(exit 3)'], signal)).toBe(7);
    expect(await runProgram('sh', ['-c', 'kill -TERM $$'], signal)).toBe(143);
  });

  it('ends it when the user wants to stop', async () => {
    const stop = new AbortController();
    const ended = runProgram('sleep', ['60'], stop.signal);
    stop.abort();
    expect(await ended).toBe(143);
  });

  it('says that a program is missing', async () => {
    const { signal } = new AbortController();
    await expect(runProgram('no-such-ssh', [], signal)).rejects.toThrow('Cannot run "no-such-ssh": spawn');
  });
});
