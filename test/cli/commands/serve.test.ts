import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCli } from '../cli-harness.ts';

describe('serve', () => {
  it('serves seeds until it is stopped', async () => {
    const listening = Promise.withResolvers<string>();
    await using cli = await openCli({
      onOut: text => {
        const address = /"message":"listening","address":"([^"]+)"/.exec(text)?.[1];
        if (address !== undefined) listening.resolve(address);
      },
    });
    await mkdir(join(cli.dir, 'seeds/alice'), { recursive: true });
    await writeFile(join(cli.dir, 'seeds/alice/user-data'), '#cloud-config\n');
    const ended = cli.run('serve', '--seeds', 'seeds', '--listen', '127.0.0.1:0');
    const answer = await fetch(`http://${await listening.promise}/alice/user-data`);
    expect(await answer.text()).toBe('#cloud-config\n');
    cli.stop();
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  it('remembers in its state folder, and asks guests to report', async () => {
    const addresses = Promise.withResolvers<readonly string[]>();
    let log = '';
    await using cli = await openCli({
      onOut: text => {
        log += text;
        const found = [...log.matchAll(/"message":"listening[^"]*","address":"([^"]+)"/g)].map(
          match => match[1] ?? '',
        );
        if (found.length === 2) addresses.resolve(found);
      },
    });
    await mkdir(join(cli.dir, 'seeds/alice'), { recursive: true });
    const options = ['--listen', '127.0.0.1:0', '--state', 'state', '--admin', '127.0.0.1:0'];
    const ended = cli.run('serve', '--seeds', 'seeds', ...options);
    const [guests, people] = await addresses.promise;
    expect(await (await fetch(`http://${guests}/alice/vendor-data`)).text()).toContain(
      `http://${guests}/-/events/`,
    );
    const asked = ['--server', `http://${people}`, '--token-file', 'state/admin-token'];
    expect(await cli.run('list', ...asked)).toMatchObject({ code: 0 });
    expect((await fetch(`http://${people}/vms`)).status).toBe(401);
    cli.stop();
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  it.each([
    [['--seeds', 'none', '--listen', '127.0.0.1:0'], 'none'],
    [['--seeds', '.', '--listen', '8000'], 'Cannot listen on "8000"'],
    [['--seeds', '.', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], '--state DIR'],
    [['--seeds', '.', '--listen', '127.0.0.1:0', '--public-url', 'http://x'], '--state DIR'],
    [['--seeds', '.', '--listen', '127.0.0.1:0', '--drivers', '127.0.0.1:0'], '--drivers shows or uses'],
    [['--seeds', '.', '--listen', '127.0.0.1:0', '--tls-cert', 'x'], 'without --tls-key'],
    [['--seeds', '.', '--listen', '127.0.0.1:0', '--tls-cert', 'x', '--tls-key', 'y'], 'Cannot speak TLS by'],
    [
      ['--seeds', '.', '--listen', '127.0.0.1:0', '--state', 's', '--forget-after', '30 days'],
      'Cannot forget VMs after "30 days"',
    ],
    [
      [
        '--seeds',
        '.',
        '--listen',
        '127.0.0.1:0',
        '--state',
        's',
        '--drivers',
        '127.0.0.1:0',
        '--drivers-token',
        '.',
      ],
      'Cannot use the token file',
    ],
    [
      ['--seeds', '.', '--listen', '127.0.0.1:0', '--state', 's', '--admin', '0.0.0.0:0'],
      'only this host may reach it',
    ],
    [['--seeds', '.', '--listen', '127.0.0.1:0', '--state', 's', '--public-url', 'x'], 'report to "x"'],
    [['--seeds', '.', '--listen', '127.0.0.1:0', '--state', '/dev/null/x'], 'Cannot keep state in'],
  ])('fails for %j', async (argv, message) => {
    await using cli = await openCli();
    expect(await cli.run('serve', ...argv)).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });
});
