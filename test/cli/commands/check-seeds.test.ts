import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startObservingServer } from '../../cloudinit-server/observe/observing-server.ts';
import { type CliHarness, openCli } from '../cli-harness.ts';

const GOOD = '#cloud-config\nssh_import_id: [gh:alice]\n';

/** Writes files of seeds, by their paths. */
async function writeSeeds(cli: CliHarness, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(cli.dir, path, '..'), { recursive: true });
    await cli.write(path, text);
  }
}

describe('check of seeds', () => {
  it('finds nothing wrong with good seeds', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, {
      'seeds/alice/user-data': GOOD,
      'seeds/lab/vm1/user-data': GOOD,
      'seeds/lab/notes.txt': 'x',
    });
    expect(await cli.run('check', 'seeds/')).toEqual({
      code: 0,
      out: '2 seeds: 0 errors, 0 warnings\n',
      err: '',
    });
  });

  it('names file, line, column, key and cure of each mistake, seed by seed', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, {
      'seeds/bob/user-data': `${GOOD}packges: [nginx]\n`,
      'seeds/alice/user-data': `${GOOD}password: hunter2\nruncmd:\n  - echo a: b\n`,
      'seeds/alice/meta-data': 'instance_id: alice\n',
    });
    const { code, out } = await cli.run('check', 'seeds');
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^seeds\/alice\/meta-data:1:1: instance_id: .*write "instance-id"$/),
      expect.stringMatching(/^seeds\/alice\/user-data:3:11: warning: password: .*mkpasswd/),
      expect.stringMatching(/^seeds\/alice\/user-data:5:5: runcmd\[0\]: .*put the whole command in quotes$/),
      expect.stringMatching(/^seeds\/bob\/user-data:3:1: packges: .*did you mean "packages"\?$/),
      '2 seeds: 3 errors, 1 warning',
      '',
    ]);
    expect(out).not.toContain('hunter2');
  });

  it('checks what goes under seeds, and takes it for none', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, {
      'seeds/_default/meta-data': 'instance-id: web\n',
      'seeds/lab/_default/vendor-data': '#cloud-config\nhostname: @{vm.nmae}\n',
    });
    expect((await cli.run('check', 'seeds')).out.split('\n')).toEqual([
      expect.stringMatching(/^seeds\/_default\/meta-data:1:14: instance-id: every VM .*@\{vm\.instance_id\}/),
      expect.stringMatching(/^seeds\/lab\/_default\/vendor-data:2:11: .*did you mean "@\{vm\.name\}"\?$/),
      '0 seeds: 2 errors, 0 warnings',
      '',
    ]);
    const one = await cli.run('check', 'seeds/_default/meta-data');
    expect(one.out).toMatch(/^seeds\/_default\/meta-data:1:14: /);
  });

  it.each(['seeds', 'seeds/lab/vm1/user-data'])('judges %s with what goes under the seed', async path => {
    await using cli = await openCli();
    const files = { 'seeds/lab/vm1/user-data': '#cloud-config\nusers: [default]\n' };
    await writeSeeds(cli, files);
    expect(await cli.run('check', path)).toMatchObject({ code: 1, out: expect.stringContaining('log in') });
    await writeSeeds(cli, { 'seeds/_default/vendor-data': GOOD });
    expect(await cli.run('check', path)).toMatchObject({ code: 0, err: '' });
  });

  it('exits with 0 where there are warnings only', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, { 'seeds/alice/user-data': `${GOOD}password: hunter2\n` });
    expect(await cli.run('check', 'seeds')).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 warning'),
    });
  });

  it('takes one seed, one file, and job files beside them', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, {
      'alice/user-data': `${GOOD}a: 1\n`,
      'alice/meta-data': 'instance_id: a\n',
      'job.hcl': 'job "a" {}\n',
    });
    expect((await cli.run('check', 'alice')).out).toMatch(/meta-data.*\n.*user-data:3:1.*\n1 seed: 2 errors/);
    expect((await cli.run('check', 'alice/user-data')).out).toMatch(
      /^alice\/user-data:3:1: .*\n1 seed: 1 error/,
    );
    expect((await cli.run('check', 'job.hcl', 'alice')).out).toMatch(/1 file, 0 VM tasks, 1 seed: 2 errors/);
  });

  it('says so where there is no seed', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, { 'empty/notes.txt': 'x' });
    expect(await cli.run('check', 'empty')).toMatchObject({
      code: 1,
      out: expect.stringContaining('there is no seed here'),
    });
    expect(await cli.run('check', 'user-data')).toMatchObject({
      code: 1,
      out: expect.stringContaining('there is no seed here'),
    });
  });

  it('names a file that cannot be read, and checks the others', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, { 'seeds/a/user-data/x': '', 'seeds/b/user-data': `${GOOD}a: 1\n` });
    const { code, out } = await cli.run('check', 'seeds');
    expect(code).toBe(1);
    expect(out).toMatch(/is no regular file/);
    expect(out).toContain('seeds/b/user-data:3:1');
  });

  it('prints JSON for scripts', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, { 'seeds/a/user-data': `${GOOD}a: 1\n` });
    expect(JSON.parse((await cli.run('check', '--json', 'seeds')).out)).toEqual({
      ok: false,
      vms: 0,
      seeds: 1,
      findings: [
        {
          file: 'seeds/a/user-data',
          line: 3,
          column: 1,
          severity: 'error',
          rule: 'unknown-key',
          path: 'a',
          message: expect.any(String),
        },
      ],
    });
  });

  it('prints SARIF for editors', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, { 'my seeds/a/user-data': `${GOOD}a: 1\npassword: x\n` });
    const log = JSON.parse((await cli.run('check', '--sarif', 'my seeds')).out);
    expect(log).toMatchObject({
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'nomad-vm', version: '1.2.3' } } }],
    });
    expect(log.runs[0].tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual([
      'plain-password',
      'unknown-key',
    ]);
    expect(log.runs[0].results[0]).toEqual({
      ruleId: 'unknown-key',
      ruleIndex: 1,
      level: 'error',
      message: { text: expect.stringMatching(/^a: /) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'my%20seeds/a/user-data' },
            region: { startLine: 3, startColumn: 1 },
          },
        },
      ],
    });
  });

  it('judges seeds by the version it is told, and refuses what is none', async () => {
    await using cli = await openCli();
    await writeSeeds(cli, { 'a/user-data': `${GOOD}ubuntu_pro: {enable: [esm-infra]}\n` });
    expect(await cli.run('check', '--cloud-init', '22.4.2', 'a')).toMatchObject({
      code: 1,
      out: expect.stringContaining('a/user-data:3:1: ubuntu_pro: cloud-init 22.4.2 does not know this key'),
    });
    expect((await cli.run('check', '--cloud-init', '26.2', 'a')).code).toBe(0);
    expect(await cli.run('check', '--cloud-init', 'newest', 'a')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Write a version such as 22.4.2, or seen.'),
    });
  });

  it('judges each seed by what the seed server has seen of its VM', async () => {
    await using server = await startObservingServer(['lab/old', 'new', 'unseen']);
    await server.get('/lab/old/meta-data', 'Cloud-Init/22.4.2');
    await server.get('/new/meta-data', 'Cloud-Init/26.2');
    await using cli = await openCli();
    const seed = `${GOOD}ubuntu_pro: {enable: [esm-infra]}\n`;
    await writeSeeds(cli, {
      'seeds/lab/old/user-data': seed,
      'seeds/new/user-data': seed,
      'seeds/unseen/user-data': seed,
    });
    const login = ['--server', server.adminUrl, '--token-file', server.tokenFile];
    const { code, out } = await cli.run('check', '--cloud-init', 'seen', ...login, 'seeds');
    expect(code).toBe(1);
    expect(out).toMatch(/^seeds\/lab\/old\/user-data:3:1: ubuntu_pro: .*\n3 seeds: 1 error, 0 warnings\n$/);
    const refused = await cli.run('check', '--cloud-init', 'seen', '--server', server.adminUrl, 'seeds');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('Cannot read the admin token') });
  });

  it('finds nothing wrong with what nomad-vm new makes', async () => {
    await using cli = await openCli();
    await cli.run('new', 'alice');
    expect((await cli.run('check', 'seeds')).out).toMatch(/1 seed: 0 errors, 1 warning\n$/);
  });
});
