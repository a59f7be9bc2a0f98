import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startObservingServer } from '../../cloudinit-server/observe/observing-server.ts';
import { type CliHarness, openCli } from '../cli-harness.ts';

async function write(cli: CliHarness, name: string, text: string) {
  await mkdir(join(cli.dir, name, '..'), { recursive: true });
  await writeFile(join(cli.dir, name), text);
}

describe('render --seeds', () => {
  it('prints what a VM would get, without secrets', async () => {
    await using cli = await openCli();
    await write(cli, 'seeds/lab/alice/user-data', '#cloud-config\nhostname: @{vm.name}\npassword: hunter2');
    await write(cli, 'seeds/_default/vendor-data', '#cloud-config\nmac: @{vm.mac}\n');
    expect(await cli.run('render', 'lab/alice', '--seeds', 'seeds')).toEqual({
      code: 0,
      out: `==> meta-data <==
instance-id: "seed-31f48efb808e88a2781b"
local-hostname: "alice"
==> user-data <==
#cloud-config
hostname: alice
password: <redacted>
==> vendor-data <==
#cloud-config
mac: @{vm.mac}
==> network-config <==
`,
      err:
        'user-data:3:11: warning: password: everybody who can fetch the seed can read this password; use SSH keys, or a hash made with "mkpasswd -m yescrypt"\n' +
        'vendor-data: variable without a value left as it is: vm.mac\n',
    });
  });

  it('prints one file to the byte, and secrets where they are asked for', async () => {
    await using cli = await openCli();
    await write(cli, 'seeds/alice/user-data', '#cloud-config\npassword: hunter2');
    const run = (...argv: readonly string[]) =>
      cli.run('render', 'alice', '--seeds', 'seeds', '--file', 'user-data', ...argv);
    expect((await run()).out).toBe('#cloud-config\npassword: <redacted>');
    expect((await run('--show-secrets')).out).toBe('#cloud-config\npassword: hunter2');
    expect(JSON.parse((await run('--json')).out)).toEqual({
      vm: 'alice',
      instance_id: expect.stringMatching(/^seed-/),
      instance_id_from: 'generated',
      files: [{ file: 'user-data', bytes: 31, text: '#cloud-config\npassword: <redacted>', notes: [] }],
      findings: expect.arrayContaining([expect.objectContaining({ line: 2, rule: 'plain-password' })]),
    });
  });

  it('renders a file that is not saved yet, and tells what is wrong with it', async () => {
    await using cli = await openCli();
    await write(cli, 'seeds/alice/user-data', '#cloud-config\n');
    await write(cli, 'new', '#cloud-config\nhostname: @{vm.name}\npackges: [vim]\n');
    const run = (...argv: readonly string[]) => cli.run('render', 'alice', '--seeds', 'seeds', ...argv);
    const { out, err, code } = await run('--draft', 'new', '--file', 'user-data');
    expect({ out, code }).toEqual({ out: '#cloud-config\nhostname: alice\npackges: [vim]\n', code: 0 });
    expect(err).toContain('new:3:1: packges: ');
    const all = await run('--draft', 'new', '--instance-id', 'content');
    expect(all.out).toContain('==> user-data <==\n#cloud-config\nhostname: alice\n');
    // What it would do to a VM's instance-id is in there, too.
    expect(all.out).not.toContain((await run('--instance-id', 'content')).out.split('\n')[1]);
    await write(cli, 'meta', 'instance-id: mine\n');
    expect((await run('--draft', 'meta', '--file', 'meta-data')).out).toBe('instance-id: mine\n');
    expect((await run('--draft', 'nowhere')).err).toContain('Cannot read the draft "nowhere": ENOENT');
    await writeFile(join(cli.dir, 'latin'), Buffer.from([0xff]));
    expect((await run('--draft', 'latin')).err).toContain('it is not UTF-8');
  });

  it('renders as the server is told to', async () => {
    await using cli = await openCli();
    await write(cli, 'seeds/alice/user-data', 'at @{server.url}');
    const run = (...argv: readonly string[]) => cli.run('render', 'alice', '--seeds', 'seeds', ...argv);
    expect((await run('--instance-id', 'content')).out).toMatch(/"seed-[0-9a-f]{20}-[0-9a-f]{12}"/);
    expect((await run('--guest-agent')).out).toContain('apt-get');
    expect((await run('--server-url', 'http://10.0.0.1:8000/')).out).toContain('at http://10.0.0.1:8000\n');
  });

  it.each([
    [['nobody', '--seeds', 'seeds'], 1, 'Cannot render "nobody": there is no such seed in "seeds"'],
    [['_default', '--seeds', 'seeds'], 1, 'no such seed'],
    [['../seeds/alice', '--seeds', 'seeds'], 1, 'no such seed'],
    [['alice', '--seeds', 'elsewhere'], 1, 'there is no such folder'],
    [['alice', '--seeds', 'seeds', '--diff'], 1, 'Cannot compare without a server'],
    [['alice', '--show-secrets'], 1, 'Cannot show secrets of a running server'],
    [['alice', '--seeds', 'seeds', '--file', 'passwd'], 2, 'Allowed choices are'],
  ])('refuses %j', async (argv, code, message) => {
    await using cli = await openCli();
    await write(cli, 'seeds/alice/user-data', '');
    await write(cli, 'seeds/_default/user-data', '');
    expect(await cli.run('render', ...argv)).toMatchObject({ code, err: expect.stringContaining(message) });
  });
});

describe('render --server', () => {
  it('prints what the server would serve, its own keys without their token', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli({ adminTokenFile: server.tokenFile });
    const { token } = await server.reportPaths('vm1');
    await server.get('/vm1/vendor-data');
    const { out, code } = await cli.run('render', 'vm1', '--server', server.adminUrl);
    expect(code).toBe(0);
    expect(out).toContain(`endpoint: "${server.url}/-/events/<redacted>"\n`);
    expect(out).not.toContain(token);
    const one = await cli.run('render', 'vm1', '--file', 'user-data', '--server', server.adminUrl);
    expect(one.out).toBe('#cloud-config\n');
    expect((await cli.run('render', 'no/one', '--server', server.adminUrl)).err).toContain(
      'there is no VM and no seed "no/one"',
    );
  });

  it('prints what differs from what the VM last got', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli({ adminTokenFile: server.tokenFile });
    const diff = async (...argv: readonly string[]) =>
      (await cli.run('render', 'vm1', '--diff', '--server', server.adminUrl, ...argv)).out;
    expect(await diff('--file', 'user-data')).toMatch(/^user-data: never served\n--- \/dev\/null\n/);
    await server.folder.write('seeds/vm1/user-data', '#cloud-config\npassword: one\nx: 1\n');
    for (const file of ['meta-data', 'user-data', 'vendor-data', 'network-config']) {
      await server.get(`/vm1/${file}`);
    }
    expect(await diff()).toMatch(
      /^meta-data: as served since .*\nuser-data: as served since .*\nvendor-data: as .*\nnetwork-config: as .*\n$/,
    );
    await server.folder.write('seeds/vm1/user-data', '#cloud-config\npassword: two\nx: 1\n');
    expect(await diff('--file', 'user-data')).toMatch(
      /^user-data: differs from what is served since .*\n--- user-data as served\t20.*\n\+\+\+ user-data now\n@@ -1,3 \+1,3 @@\n #cloud-config\n-password: <redacted 1>\n\+password: <redacted 2>\n x: 1\n$/,
    );
    await write(cli, 'draft', '#cloud-config\npackges: [vim]\n');
    expect(await diff('--file', 'user-data', '--draft', 'draft')).toContain('+packges: [vim]\n');
    const drafted = await cli.run('render', 'vm1', '--draft', 'draft', '--server', server.adminUrl);
    expect(drafted.out).toContain('==> user-data <==\n#cloud-config\npackges: [vim]\n');
    expect(drafted.err).toContain('draft:2:1: packges: ');
    const [file] = JSON.parse(await diff('--file', 'user-data', '--json')).files;
    expect(file).toMatchObject({ file: 'user-data', state: 'changed' });
  });
});
