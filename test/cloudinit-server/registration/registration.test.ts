import { statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';
import {
  ALLOC,
  IDENTITY,
  LIFE,
  REQUEST,
  readReportPaths,
  register,
  startRegisteringServer,
  withServer,
} from './registering-server.ts';

describe('PUT /v1/vms/:identity', () => {
  it('gives a VM a seed of its own, at a path that nobody guesses', () =>
    withServer(async server => {
      const registration = await register(server);
      expect(registration).toMatchObject({
        instance_id: expect.stringMatching(/^vm-[0-9a-f]{20}$/),
        files: null,
      });
      const read = async (file: string) => (await server.get(`${registration.seed_path}${file}`)).text();
      expect(await read('user-data')).toBe('#cloud-config\npackages: [vim]\n');
      expect(await read('meta-data')).toBe(
        `instance-id: "${registration.instance_id}"\nlocal-hostname: "alice"\n`,
      );
      expect(await read('network-config')).toBe('');
      const vendorData = await read('vendor-data');
      expect(vendorData).toContain('http://seeds.example.org:8000/-/events/');
      expect(vendorData).not.toContain(registration.seed_path);
    }));

  it('serves what came with the registration before the files of the folder', () =>
    withServer(async (server, folder) => {
      await folder.write('seeds/alice/network-config', 'version: 2\n');
      const files = { 'user-data': '#!/bin/sh\necho ä\n', 'meta-data': 'local-hostname: zoe\n' };
      const { seed_path } = await register(server, { files });
      const read = async (file: string) => (await server.get(`${seed_path}${file}`)).text();
      expect(await read('user-data')).toBe(files['user-data']);
      expect(await read('meta-data')).toContain('local-hostname: zoe');
      expect(await read('network-config')).toBe('version: 2\n');
      await register(server, { files: {} });
      expect(await read('user-data')).toBe('#cloud-config\npackages: [vim]\n');
    }));

  it('needs no folder when files come along', () =>
    withServer(async server => {
      const files = { 'user-data': '#cloud-config\n' };
      const { seed_path } = await register(server, { seed: null, files, job: 'ci/run', index: 2 });
      const metaData = await (await server.get(`${seed_path}meta-data`)).text();
      expect(metaData).toContain('local-hostname: "run-2"');
      expect((await server.get(`${seed_path}network-config`)).status).toBe(200);
    }));

  it('says the same again when it is told the same again', () =>
    withServer(async server => {
      expect(await register(server)).toEqual(await register(server));
    }));

  it("gives another allocation another path, and the old one is nobody's", () =>
    withServer(async server => {
      const first = await register(server);
      const second = await register(server, { alloc_id: 'another' });
      expect(second.seed_path).not.toBe(first.seed_path);
      expect(second.instance_id).toBe(first.instance_id);
      expect((await server.get(`${first.seed_path}user-data`)).status).toBe(404);
      expect((await server.get(`${second.seed_path}user-data`)).status).toBe(200);
    }));

  it('hands over rendered files for a disk, which report like others', () =>
    withServer(async (server, folder) => {
      const { files, instance_id } = await register(server, { delivery: 'disk' });
      expect(files).toMatchObject({ 'user-data': '#cloud-config\npackages: [vim]\n', 'network-config': '' });
      expect(files?.['meta-data']).toContain(instance_id);
      expect(files?.['vendor-data']).toContain('http://seeds.example.org:8000/-/phone-home/');
      await folder.write('seeds/alice/user-data', Buffer.from([0x1f, 0x8b, 0xff]));
      const request = { ...REQUEST, delivery: 'disk' as const };
      expect(await server.api.register(IDENTITY, request, LIFE)).toMatchObject({
        kind: 'invalid',
        problems: [{ path: 'files.user-data' }],
      });
    }));

  it('tells what is wrong with the seed, and takes it all the same', () =>
    withServer(async server => {
      const files = { 'user-data': '#cloud-config\npackges: [vim]\n' };
      const { findings } = await register(server, { files });
      expect(findings).toContainEqual(
        expect.objectContaining({ file: 'user-data', line: 2, severity: 'error' }),
      );
    }));

  it('judges the seed by the cloud-init that the VM was last seen with, but on a disk', () =>
    withServer(async server => {
      const files = {
        'user-data': '#cloud-config\nssh_import_id: [gh:a]\nubuntu_pro: {enable: [esm-infra]}\n',
      };
      const { findings, seed_path } = await register(server, { files });
      expect(findings).toEqual([]);
      await server.get(`${seed_path}user-data`, 'Cloud-Init/22.4.2');
      const again = await register(server, { files });
      expect(again.findings).toMatchObject([{ line: 3, message: expect.stringContaining('22.4.2') }]);
      expect((await register(server, { files, delivery: 'disk' })).findings).toEqual([]);
    }));

  it('refuses an unknown seed', () =>
    withServer(async server => {
      const result = await server.api.register(IDENTITY, { ...REQUEST, seed: 'bob' }, LIFE);
      expect(result).toMatchObject({ kind: 'seed-unknown', reason: expect.stringContaining('"bob"') });
    }));

  it('is unavailable, and not at a loss, while the seeds folder is away', () =>
    withServer(async (server, folder) => {
      await using elsewhere = await createTemporaryFolder();
      await rename(`${folder.path}/seeds`, `${elsewhere.path}/seeds`);
      expect(await server.api.register(IDENTITY, { ...REQUEST, seed: 'zoe' }, LIFE)).toMatchObject({
        kind: 'unreachable',
        reason: expect.stringContaining('status 503'),
      });
    }));

  it('survives the end of the server, with the same path', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', 'u');
    const first = await startRegisteringServer(folder);
    const registration = await register(first);
    await first.stop();
    // No driver can reach it now; its guests can.
    const second = await startRegisteringServer(folder);
    expect((await second.get(`${registration.seed_path}user-data`)).status).toBe(200);
    expect(await register(second)).toEqual(registration);
    await second.stop();
  });

  it('gives a VM another path when the state was lost, and the one before is nobody’s', () =>
    withServer(async (server, folder) => {
      const before = await register(server);
      const { events } = await readReportPaths(server, before.seed_path);
      await server.stop();
      await rm(`${folder.path}/state`, { recursive: true });
      const again = await startRegisteringServer(folder);
      try {
        expect((await again.get(`${before.seed_path}meta-data`)).status).toBe(404);
        expect((await again.post(events, '{}')).status).toBe(404);
        expect(await again.api.report(IDENTITY, { alloc_id: ALLOC }, LIFE)).toEqual({ kind: 'unknown' });
        const after = await register(again);
        expect(after.seed_path).not.toBe(before.seed_path);
        // It is still who it was: that derives from its identity alone.
        expect(after.instance_id).toBe(before.instance_id);
        expect((await again.get(`${after.seed_path}meta-data`)).status).toBe(200);
      } finally {
        await again.stop();
      }
    }));

  it('goes on serving a VM whose folder was removed', () =>
    withServer(async (server, folder) => {
      const { seed_path } = await register(server);
      await server.get(`${seed_path}user-data`);
      await rm(`${folder.path}/seeds/alice`, { recursive: true });
      const answer = await server.get(`${seed_path}user-data`);
      expect(await answer.text()).toBe('#cloud-config\npackages: [vim]\n');
      expect((await server.get('/alice/user-data')).status).toBe(423);
      expect(server.log.text()).toContain('seed of a registered vm is gone');
    }));

  it('makes a token that only its user may read, and listens for nobody else', () =>
    withServer(async (server, folder) => {
      expect(statSync(`${folder.path}/state/drivers-token`).mode & 0o777).toBe(0o600);
      expect(server.token).toHaveLength(43);
    }));
});

describe('DELETE /v1/vms/:identity', () => {
  it('closes the seed but for the identity, for the allocation that has the VM', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      const read = async (file: string) => (await server.get(`${seed_path}${file}`)).text();
      expect(await server.api.deregister(IDENTITY, 'another', LIFE)).toEqual({ kind: 'deregistered' });
      expect(await read('user-data')).toContain('vim');
      expect(await server.api.deregister(IDENTITY, ALLOC, LIFE)).toEqual({ kind: 'deregistered' });
      expect(await read('user-data')).toBe('');
      expect(await read('vendor-data')).toBe('');
      expect(await read('meta-data')).toContain('instance-id');
      expect(await server.api.deregister(IDENTITY, ALLOC, LIFE)).toEqual({ kind: 'deregistered' });
      expect(await server.api.deregister('default/never', ALLOC, LIFE)).toEqual({ kind: 'deregistered' });
    }));

  it('is undone when the allocation starts its VM again', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      await server.api.deregister(IDENTITY, ALLOC, LIFE);
      expect(await register(server)).toMatchObject({ seed_path });
      expect(await (await server.get(`${seed_path}user-data`)).text()).toContain('vim');
    }));

  it('leads to oblivion after the time that the operator has set, not before', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', 'u');
    const start = (forgetAfterMs: number | undefined) =>
      startRegisteringServer(folder, { policies: { forgetAfterMs } });
    const first = await start(3600_000);
    const { seed_path } = await register(first);
    await register(first, {}, 'default/stays');
    await first.api.deregister(IDENTITY, ALLOC, LIFE);
    await first.stop();
    for (const [forgetAfterMs, status] of [
      [3600_000, 200],
      [undefined, 200],
      [-1, 404],
    ] as const) {
      const server = await start(forgetAfterMs);
      expect((await server.get(`${seed_path}meta-data`)).status).toBe(status);
      await server.stop();
    }
    const last = await start(-1);
    expect(await last.api.report('default/stays', { alloc_id: ALLOC }, LIFE)).toEqual({ kind: 'reported' });
    await last.stop();
  });
});

describe('POST /v1/vms/:identity/reports', () => {
  it('takes reports of the allocation that has the VM', () =>
    withServer(async server => {
      await register(server);
      const address = {
        nic: 0,
        mac_address: '52:54:00:12:34:56',
        address: '10.0.0.7',
        source: 'guest agent',
      };
      const report = { alloc_id: ALLOC, address, console_tail: 'login: ä', host_keys: ['none'] };
      expect(await server.api.report(IDENTITY, report, LIFE)).toEqual({ kind: 'reported' });
      expect(await server.api.report(IDENTITY, { alloc_id: 'another' }, LIFE)).toEqual({
        kind: 'allocation-other',
      });
      expect(await server.api.report('default/other', { alloc_id: ALLOC }, LIFE)).toEqual({
        kind: 'unknown',
      });
    }));

  it('has a VM registered again that outlived the allocation that took its place', () =>
    withServer(async server => {
      await register(server);
      await register(server, { alloc_id: 'another' });
      const report = () => server.api.report(IDENTITY, { alloc_id: ALLOC }, LIFE);
      expect(await report()).toEqual({ kind: 'allocation-other' });
      await server.api.deregister(IDENTITY, 'another', LIFE);
      expect(await report()).toEqual({ kind: 'unknown' });
      await register(server);
      expect(await report()).toEqual({ kind: 'reported' });
    }));
});
