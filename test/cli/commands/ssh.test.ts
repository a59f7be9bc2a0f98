import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRecordedBoot } from '../../cloudinit-server/boot/recorded-boot.ts';
import { replayBoot, startObservingServer } from '../../cloudinit-server/observe/observing-server.ts';
import { openCli } from '../cli-harness.ts';

/** Takes note of what would be run, and of the file of keys while it is there. */
function buildRunner(exitCode: number) {
  const runs: {
    readonly program: string;
    readonly argv: readonly string[];
    readonly file: string;
    readonly keys: string;
  }[] = [];
  const runProgram = async (program: string, argv: readonly string[]) => {
    const file =
      /^UserKnownHostsFile="(.*)"$/.exec(argv.find(word => word.startsWith('UserKnown')) ?? '')?.[1] ?? '';
    runs.push({ program, argv, file, keys: readFileSync(file, 'utf8') });
    return exitCode;
  };
  return { runs, runProgram };
}

describe('ssh', () => {
  it('runs ssh with the keys that the VM has told and no others, and ends as it ends', async () => {
    await using server = await startObservingServer(['lab/vm1']);
    await replayBoot(server, 'lab/vm1', readRecordedBoot('trixie-25.1.4'));
    const { runs, runProgram } = buildRunner(3);
    await using cli = await openCli({ runProgram });
    const login = ['--server', server.adminUrl, '--token-file', server.tokenFile];
    const { code, err } = await cli.run('ssh', 'lab/vm1', '-l', 'debian', ...login, '--', 'ls', '-l', '$(x)');
    expect([code, err]).toEqual([3, '']);
    const [run] = runs;
    expect(run?.program).toBe('ssh');
    expect(run?.argv).toContain('StrictHostKeyChecking=yes');
    expect(run?.argv).toContain('HostName=127.0.0.1');
    expect(run?.argv.slice(-7)).toEqual(['-l', 'debian', 'lab-vm1', '--', 'ls', '-l', '$(x)']);
    expect(run?.keys).toMatch(/^(?:lab-vm1 (?:ssh|ecdsa)-[\w-]+ [A-Za-z0-9+/=]+\n){3}$/);
    // Nothing is left behind.
    expect(existsSync(run?.file ?? '.')).toBe(false);
  });

  it('prints what it knows for scripts', async () => {
    await using server = await startObservingServer(['vm1']);
    await replayBoot(server, 'vm1', readRecordedBoot('trixie-25.1.4'));
    await using cli = await openCli();
    const { out } = await cli.run(
      'ssh',
      'vm1',
      '--json',
      '--server',
      server.adminUrl,
      '--token-file',
      server.tokenFile,
    );
    expect(JSON.parse(out)).toEqual({
      name: 'vm1',
      address: '127.0.0.1',
      host_keys: expect.arrayContaining([expect.stringMatching(/^ssh-ed25519 AAAA/)]),
      warning: null,
    });
  });

  it('says why it cannot, and runs nothing', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    const login = ['--server', server.adminUrl, '--token-file', server.tokenFile];
    expect((await cli.run('ssh', 'vm1', ...login)).err).toContain(
      'Cannot connect to "vm1": no VM is known by "vm1"',
    );
    await server.get('/vm1/meta-data');
    const { code, err } = await cli.run('ssh', 'vm1', ...login);
    expect(code).toBe(1);
    expect(err).toContain('Cannot connect to "vm1": it is not ready: its boot is at "meta-data"');
  });
});
