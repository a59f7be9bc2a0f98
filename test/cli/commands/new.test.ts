import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openCli } from '../cli-harness.ts';

describe('new', () => {
  it('writes a job file that the check finds nothing wrong with, and a seed', async () => {
    await using cli = await openCli();
    await cli.write('key.pub', 'ssh-ed25519 AAAA alice@example.org\n');
    const { code, out } = await cli.run('new', 'alice', '--json', '--bridge', 'br7', '--ssh-key', 'key.pub');
    expect(code).toBe(0);
    const made: unknown = JSON.parse(out);
    expect(made).toEqual({
      name: 'alice',
      mac: expect.stringMatching(/^52:54:00:/),
      job: 'jobs/alice.hcl',
      seed: 'seeds/alice',
    });
    expect(await readdir(join(cli.dir, 'seeds/alice'))).toEqual(['meta-data', 'user-data']);
    expect(parse(await readFile(join(cli.dir, 'seeds/alice/meta-data'), 'utf8'))).toEqual({
      'instance-id': 'alice',
      'local-hostname': 'alice',
    });
    const userData = await readFile(join(cli.dir, 'seeds/alice/user-data'), 'utf8');
    expect(userData).toMatch(/^#cloud-config\n/);
    expect(parse(userData)).toEqual({ ssh_authorized_keys: ['ssh-ed25519 AAAA alice@example.org'] });
    expect((await cli.run('check', 'jobs/alice.hcl')).out).toContain(
      '1 file, 1 VM task: 0 errors, 0 warnings',
    );
    expect((await cli.run('mac', 'jobs/alice.hcl')).out).toContain('br7');
  });

  it('gives the same name the same MAC address, and two names different ones', async () => {
    const macs: string[] = [];
    for (const name of ['alice', 'alice', 'bob']) {
      await using cli = await openCli();
      const made: { mac: string } = JSON.parse((await cli.run('new', name, '--json')).out);
      macs.push(made.mac);
    }
    expect(macs[0]).toBe(macs[1]);
    expect(macs[0]).not.toBe(macs[2]);
  });

  it('avoids a MAC address that another job file holds', async () => {
    await using cli = await openCli();
    const first: { mac: string } = JSON.parse((await cli.run('new', 'alice', '--json')).out);
    await mkdir(join(cli.dir, 'more'));
    await cli.write('more/bob.hcl', `# ${first.mac.toUpperCase()}\n`);
    const second: { mac: string } = JSON.parse(
      (await cli.run('new', 'alice', '--json', '--dir', 'more', '--seeds', 's2')).out,
    );
    expect(second.mac).not.toBe(first.mac);
  });

  it('overwrites nothing', async () => {
    await using cli = await openCli();
    await cli.run('new', 'alice');
    const before = await readFile(join(cli.dir, 'jobs/alice.hcl'), 'utf8');
    expect(await cli.run('new', 'alice', '--bridge', 'br9')).toMatchObject({
      code: 1,
      err: expect.stringContaining('"jobs/alice.hcl" exists already'),
    });
    expect(await cli.run('new', 'alice', '--dir', 'other')).toMatchObject({
      code: 1,
      err: expect.stringContaining('"seeds/alice" exists already'),
    });
    expect(await readFile(join(cli.dir, 'jobs/alice.hcl'), 'utf8')).toBe(before);
  });

  it.each([
    [2, ['new', 'a/b'], 'Write up to 63 small letters'],
    [2, ['new', '-x'], 'unknown option'],
    [1, ['new', 'a', '--bridge', 'b,c'], 'config.network[0].bridge: "b,c" cannot be the name of a bridge'],
    [1, ['new', 'a', '--server', 'x'], 'config.cloud_init.server: Cannot use "x"'],
    [1, ['new', 'a', '--ssh-key', 'private'], 'as a public key'],
  ])('exits %i for %j and writes nothing', async (code, argv, message) => {
    await using cli = await openCli();
    await cli.write('private', '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n');
    expect(await cli.run(...argv)).toMatchObject({ code, err: expect.stringContaining(message) });
    expect(await readdir(cli.dir)).toEqual(['private']);
  });
});
