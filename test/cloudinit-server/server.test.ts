import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { SEED_FILES } from '../../cloudinit-server/seed-files.ts';
import { buildRawRequest, listen } from './fakes/listening-server.ts';
import { createBrokenSeedStore, createEmptySeedStore, createFixedSeedStore } from './fakes/seed-stores.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

describe('createSeedServer()', () => {
  it('answers 200 for all four files of an empty folder', async () => {
    await using folder = await createTemporaryFolder();
    await folder.folder('lab/vm1');
    await using server = await listen(createFolderSeedStore(folder.path));
    const id = createHash('sha256').update('lab/vm1').digest('hex').slice(0, 20);
    for (const file of SEED_FILES) {
      const response = await server.get(`/lab/vm1/${file}`);
      expect(response.status).toBe(200);
      const expected = file === 'meta-data' ? `instance-id: "seed-${id}"\nlocal-hostname: "vm1"\n` : '';
      expect(await response.text()).toBe(expected);
    }
  });

  it('serves bytes as they are, with length, type and nothing about itself', async () => {
    const text = '#cloud-config\r\n# \u00fc\n\n';
    await using server = await listen(createFixedSeedStore({ vm1: { 'user-data': text } }));
    const response = await server.get('/vm1/user-data');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from(text));
    const headers = Object.fromEntries(response.headers);
    expect(headers).toEqual({
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'content-length': String(Buffer.byteLength(text)),
      'content-type': 'text/yaml; charset=utf-8',
      date: expect.any(String),
      'keep-alive': expect.any(String),
      'x-content-type-options': 'nosniff',
    });
  });

  it('does not pack what it serves', async () => {
    await using server = await listen(createFixedSeedStore({ vm1: { 'user-data': 'x'.repeat(5000) } }));
    const response = await server.get('/vm1/user-data', { headers: { 'accept-encoding': 'gzip, deflate' } });
    expect(response.headers.get('content-encoding')).toBeNull();
  });

  it('serves the root and nested folders, whatever the slashes and the query', async () => {
    await using server = await listen(
      createFixedSeedStore({ '.': { 'user-data': 'root' }, 'lab/vm1': { 'user-data': 'vm1' } }),
    );
    const bodies = await Promise.all(
      ['/user-data', '//user-data', '/lab/vm1/user-data', '//lab//vm1///user-data/', '/lab/vm1user-data'].map(
        async path => await (await server.get(`${path}?t=x&f=../..`)).text(),
      ),
    );
    expect(bodies).toEqual(['root', 'root', 'vm1', 'vm1', 'vm1']);
  });

  it('answers HEAD as GET, without the body', async () => {
    await using server = await listen(createFixedSeedStore({ vm1: { 'user-data': 'twelve bytes' } }));
    const answer = await server.send(buildRawRequest('/vm1/user-data', 'HEAD'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('content-length: 12\r\n');
    expect(answer).toMatch(/\r\n\r\n$/);
  });

  it('accepts the absolute form of a target, as proxies send it', async () => {
    await using server = await listen(createFixedSeedStore({ vm1: { 'user-data': 'vm1' } }));
    expect(await server.send(buildRawRequest('http://seeds:8000/vm1/user-data'))).toMatch(/200 OK.*vm1$/s);
  });

  it('puts files of groups and of all VMs under those of a seed, and serves none of them alone', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('_default/user-data', '#cloud-config\nhostname: @{vm.name}\n');
    await folder.write('lab/_default/meta-data', 'region: lab\n');
    await folder.folder('lab/vm1');
    await using server = await listen(createFolderSeedStore(folder.path));
    expect(await (await server.get('/lab/vm1/user-data')).text()).toBe('#cloud-config\nhostname: vm1\n');
    expect(await (await server.get('/lab/vm1/meta-data')).text()).toMatch(
      /^region: lab\ninstance-id: "seed-/,
    );
    for (const path of ['/_default/user-data', '/lab/_default/meta-data', '/lab/_default/x/user-data']) {
      expect((await server.get(path)).status).toBe(404);
    }
  });

  it('logs what it left out, and variables without a value', async () => {
    const user = { 'vendor-data': '#cloud-config\nmac: @{vm.mac}\n' };
    await using server = await listen(
      createFixedSeedStore({ vm1: user, _default: { 'vendor-data': '#!/bin/sh\nhunter2\n' } }),
    );
    await server.get('/vm1/vendor-data');
    expect(server.log.lines()).toMatchObject([
      { message: 'weaker layer left out', seed: 'vm1', file: 'vendor-data', reason: expect.any(String) },
      { message: 'variable without a value left as it is', reason: 'vm.mac' },
      { message: 'seed file served' },
    ]);
    expect(server.log.text()).not.toContain('hunter2');
  });

  it('serves an edit at the next request', async () => {
    await using folder = await createTemporaryFolder();
    await using server = await listen(createFolderSeedStore(folder.path));
    for (const text of ['first', 'second', 'other!', '']) {
      const file = await folder.write('vm1/user-data', text);
      expect(await (await server.get('/vm1/user-data')).text()).toBe(text);
      await rm(file);
      expect(await (await server.get('/vm1/user-data')).text()).toBe('');
    }
    await rm(join(folder.path, 'vm1'), { recursive: true });
    expect((await server.get('/vm1/user-data')).status).toBe(404);
  });

  it('answers 404 for an unknown seed and logs what was asked and by whom', async () => {
    await using server = await listen(createEmptySeedStore());
    const response = await server.get('/no/such/meta-data?token=secret', {
      headers: { 'x-forwarded-for': '1.2.3.4' },
    });
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('no such seed\n');
    expect(server.log.lines()).toMatchObject([
      {
        level: 'warn',
        message: 'request refused',
        path: '/no/such/meta-data',
        address: '127.0.0.1',
        status: 404,
      },
    ]);
    expect(server.log.text()).not.toContain('secret');
  });

  it('logs who got what, but never what was in it', async () => {
    await using server = await listen(createFixedSeedStore({ vm1: { 'user-data': 'password: hunter2' } }));
    await server.get('/vm1/user-data', { headers: { 'user-agent': 'Cloud-Init/22.4.2' } });
    expect(server.log.lines()).toMatchObject([
      {
        message: 'seed file served',
        seed: 'vm1',
        file: 'user-data',
        bytes: 17,
        user_agent: 'Cloud-Init/22.4.2',
      },
    ]);
    expect(server.log.text()).not.toContain('hunter2');
  });

  it('serves nothing but the four files', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('vm1/other.yaml', 'x');
    await folder.write('vm1/user-data~', 'x');
    await using server = await listen(createFolderSeedStore(folder.path));
    for (const path of ['/vm1/other.yaml', '/vm1/user-data~', '/vm1/', '/vm1', '/']) {
      expect((await server.get(path)).status).toBe(400);
    }
    expect(server.log.text()).toContain(
      'only meta-data, user-data, vendor-data, network-config of a seed are served',
    );
  });

  it('gives 300 guests at once what is theirs', async () => {
    await using folder = await createTemporaryFolder();
    const names = Array.from({ length: 300 }, (_, index) => `vm${index}`);
    await Promise.all(
      names.map(name => folder.write(`${name}/user-data`, `#cloud-config\nhostname: ${name}\n`)),
    );
    await using server = await listen(createFolderSeedStore(folder.path));
    const bodies = await Promise.all(
      names.map(async name => (await server.get(`/${name}/user-data`)).text()),
    );
    expect(bodies).toEqual(names.map(name => `#cloud-config\nhostname: ${name}\n`));
  });

  it('says whether it lives and whether it can serve, without filling the log', async () => {
    await using works = await listen(createEmptySeedStore());
    expect([(await works.get('/healthz')).status, (await works.get('/readyz')).status]).toEqual([200, 200]);
    expect(await (await works.get('/healthz')).text()).toBe('ok\n');
    expect(works.log.text()).toBe('');
    await using broken = await listen(createBrokenSeedStore());
    expect([(await broken.get('/healthz')).status, (await broken.get('/readyz')).status]).toEqual([200, 503]);
  });

  it('tells the operator of a fault and the guest only to come again', async () => {
    for (const error of [undefined, new TypeError('bug in /secret/place')]) {
      await using server = await listen(createBrokenSeedStore(error));
      const response = await server.get('/vm1/meta-data');
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await response.text()).not.toContain('/secret/place');
      expect(server.log.lines()).toMatchObject([
        { level: 'error', message: 'request failed', path: '/vm1/meta-data' },
      ]);
      expect(server.log.text()).toContain('/secret/place');
    }
  });
});
