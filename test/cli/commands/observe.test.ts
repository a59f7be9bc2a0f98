import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readRecordedBoot } from '../../cloudinit-server/boot/recorded-boot.ts';
import {
  type ObservingServer,
  replayBoot,
  startObservingServer,
} from '../../cloudinit-server/observe/observing-server.ts';
import {
  ALLOC,
  bootRegistered,
  IDENTITY,
  LIFE,
  register,
  withServer,
} from '../../cloudinit-server/registration/registering-server.ts';
import { openCli } from '../cli-harness.ts';

/** What an admin of that server's host writes. */
function login(server: ObservingServer): readonly string[] {
  return ['--server', server.adminUrl, '--token-file', server.tokenFile];
}

describe('list', () => {
  it('prints how VMs stand, and the steps of one', async () => {
    await using server = await startObservingServer(['lab/vm1', 'new']);
    await using cli = await openCli();
    await replayBoot(server, 'lab/vm1', readRecordedBoot('bookworm-22.4.2'));
    await server.get('/new/meta-data');
    const { code, out } = await cli.run('list', ...login(server));
    expect(code).toBe(0);
    expect(out).toMatch(/^VM +STATE +STAGE +ADDRESS +BOOT BEGAN +READY AFTER\n/);
    expect(out).toMatch(/^lab\/vm1 +failed +ready +127\.0\.0\.1 .* \d s$/m);
    expect(out).toMatch(/^new +booting +meta-data /m);
    expect(out).toContain('lab/vm1: step "modules-config/config-locale" failed');
    const one = await cli.run('list', 'lab/vm1', ...login(server));
    expect(one.out).toMatch(/^0 s +meta-data +once +200 +\d+ +[\da-f]{12} +127\.0\.0\.1 +- +22\.4\.2$/m);
    expect(one.out).toMatch(/ modules-config\/config-locale +[\d.]+ s +FAIL$/m);
    const json = await cli.run('list', '--json', ...login(server));
    expect(JSON.parse(json.out).vms).toHaveLength(2);
  });

  it('says of one which files are others now than it got, and what to do', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    await replayBoot(server, 'vm1', readRecordedBoot('trixie-25.1.4'));
    const list = async () => (await cli.run('list', 'vm1', ...login(server))).out;
    expect(await list()).not.toContain('another now');
    await server.folder.write('seeds/vm1/user-data', '#cloud-config\npackages: [vim]\n');
    expect(await list()).toMatch(
      /^user-data is another now than the VM got at 2\S+Z: "nomad-vm render vm1 --diff" shows how, "nomad-vm bump vm1" says how the guest gets it\n/m,
    );
    await rm(`${server.folder.path}/seeds/vm1`, { recursive: true });
    expect(await cli.run('list', 'vm1', ...login(server))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\nCannot compare "vm1": there is no VM and no seed "vm1"\n$/),
    });
  });

  it('names registered VMs by their identity, and says where they run', () =>
    withServer(async (server, folder) => {
      await using cli = await openCli();
      const options = ['--server', server.adminUrl, '--token-file', `${folder.path}/state/admin-token`];
      const { seed_path } = await register(server);
      await bootRegistered(server, seed_path, 'trixie-25.1.4');
      expect((await cli.run('list', ...options)).out).toMatch(/^default\/web\/vm\/vm\/0 +ready +ready /m);
      expect((await cli.run('list', IDENTITY, ...options)).out).toMatch(
        /^seed alice by URL; job web, vm\/vm; allocation f81d4fae.* on node-1; sealed \d{4}-/m,
      );
      expect(await cli.run('wait', IDENTITY, '--for', 'success', ...options)).toMatchObject({ code: 0 });
    }));

  it('warns of host keys that a console contradicts', () =>
    withServer(async (server, folder) => {
      await using cli = await openCli();
      const { seed_path } = await register(server);
      await bootRegistered(server, seed_path, 'trixie-25.1.4');
      const blob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519'), Buffer.alloc(36, 1)]);
      const host_keys = [`ssh-ed25519 ${blob.toString('base64')}`];
      await server.api.report(IDENTITY, { alloc_id: ALLOC, host_keys }, LIFE);
      const login = ['--server', server.adminUrl, '--token-file', `${folder.path}/state/admin-token`];
      const { out } = await cli.run('list', ...login);
      expect(out).toContain(`${IDENTITY}: its console has printed another ssh-ed25519 host key than it told`);
      const one = await cli.run('list', IDENTITY, ...login);
      expect(one.out).toMatch(/^host key ssh-ed25519 SHA256:\S+, on its console SHA256:\S+$/m);
      expect(one.out).toMatch(/^host key ssh-rsa SHA256:\S+$/m);
    }));

  it('says how to reach a server that is not there', async () => {
    await using cli = await openCli();
    await cli.write('token', 'x');
    const list = (url: string) => cli.run('list', '--server', url, '--token-file', 'token');
    const { code, err } = await list('http://127.0.0.1:1');
    expect(code).toBe(1);
    expect(err).toContain('Cannot reach the seed server at "http://127.0.0.1:1": ');
    expect(err).toContain('--admin 127.0.0.1:8001');
    expect((await list('x')).err).toContain('wanted a URL');
  });
});

describe('wait', () => {
  it('ends when the VM is ready', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    const waiting = cli.run('wait', 'vm1', '--timeout', '20', ...login(server));
    await replayBoot(server, 'vm1', readRecordedBoot('trixie-25.1.4'));
    expect(await waiting).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^vm1: ready after \d s, 127/),
    });
  });

  it('fails with the step that failed when success was wanted', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    await replayBoot(server, 'vm1', readRecordedBoot('bookworm-22.4.2'));
    const { code, err } = await cli.run('wait', 'vm1', '--for', 'success', ...login(server));
    expect(code).toBe(1);
    expect(err).toContain('cloud-init ended with failures\nvm1: step "modules-config/config-locale" failed');
  });

  it('says in time how far the VM is', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    const wait = () => cli.run('wait', 'vm1', '--timeout', '0', ...login(server));
    expect(await wait()).toMatchObject({
      code: 1,
      err: expect.stringContaining('it never asked for its seed'),
    });
    await server.get('/vm1/meta-data');
    expect(await wait()).toMatchObject({ code: 1, err: expect.stringContaining('it is at "meta-data"') });
  });

  it.each([
    [['--for', 'ever'], 'Allowed choices are'],
    [['--timeout', 'long'], 'Write whole seconds'],
  ])('refuses %j', async (argv, message) => {
    await using cli = await openCli();
    expect(await cli.run('wait', 'vm1', ...argv)).toMatchObject({
      code: 2,
      err: expect.stringContaining(message),
    });
  });
});

describe('known-hosts', () => {
  it('prints lines for ssh, and JSON', async () => {
    await using server = await startObservingServer(['vm1']);
    await using cli = await openCli();
    const run = (...argv: readonly string[]) => cli.run('known-hosts', '--server', server.adminUrl, ...argv);
    expect(await run()).toMatchObject({ code: 0, out: '' });
    expect((await run('--json')).out).toBe('[]\n');
    await replayBoot(server, 'vm1', readRecordedBoot('trixie-25.1.4'));
    expect((await run()).out).toMatch(/^127\.0\.0\.1,vm1 ssh-ed25519 AAAA/m);
    expect(JSON.parse((await run('--json')).out)[0].names).toEqual(['127.0.0.1', 'vm1']);
  });
});
