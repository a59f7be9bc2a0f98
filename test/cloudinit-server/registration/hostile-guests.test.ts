import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fakeNeighbours } from '../fakes/neighbours.ts';
import { ALLOC, IDENTITY, LIFE, MAC, readReportPaths, register, withServer } from './registering-server.ts';

describe('the seed of a registered VM', () => {
  it('is nobody’s who has not the whole token', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      const token = seed_path.split('/')[3] ?? '';
      const { events } = await readReportPaths(server, seed_path);
      const reportToken = events.split('/')[3] ?? '';
      for (const wrong of [
        token.slice(0, -1),
        `${token}A`,
        token.toLowerCase(),
        token.toUpperCase(),
        reportToken,
        '',
        '%00',
        `${token}%00`,
        `${token}%2f`,
        '*',
        "' or 1=1 --",
      ]) {
        const answer = await server.get(`/-/vm/${encodeURI(wrong)}/user-data`);
        expect([400, 404], wrong).toContain(answer.status);
        expect(await answer.text()).not.toContain('vim');
      }
      expect((await server.post(`/-/events/${token}`, '{}')).status).toBe(404);
      expect(token).not.toBe(reportToken);
    }));

  it('is not listed, and its token is in no log, page or metric', () =>
    withServer(async (server, folder) => {
      const { seed_path } = await register(server);
      await server.get(`${seed_path}user-data`);
      const token = seed_path.split('/')[3] ?? '';
      for (const path of [
        '/-/vm/',
        '/-/vm',
        '/-/',
        seed_path,
        `${seed_path}..%2fuser-data`,
        `${seed_path}x`,
      ]) {
        expect((await server.get(path)).status, path).toBeGreaterThanOrEqual(400);
      }
      for (const path of ['/', '/vms', `/vms/${encodeURIComponent(IDENTITY)}`, '/metrics', '/known_hosts']) {
        expect(await (await server.admin(path)).text(), path).not.toContain(token);
      }
      expect(server.log.text()).not.toContain(token);
      expect(await readFile(`${folder.path}/state/audit.jsonl`, 'utf8')).not.toContain(token);
    }));

  it('goes by the address of the connection, whatever a request claims', () =>
    withServer(
      async server => {
        const { seed_path } = await register(server);
        const claims = { 'x-forwarded-for': '10.0.0.1', 'x-real-ip': '10.0.0.1', forwarded: 'for=10.0.0.1' };
        const answer = await fetch(`${server.url}${seed_path}user-data`, { headers: claims });
        expect(answer.status).toBe(404);
      },
      { neighbours: fakeNeighbours(address => (address === '10.0.0.1' ? [MAC] : ['52:54:00:00:00:02'])) },
    ));

  it('is not open to another VM that knows only its identity', () =>
    withServer(async server => {
      await register(server, { seed: null, files: { 'user-data': 'secret' } });
      const encoded = encodeURIComponent(IDENTITY);
      for (const path of [
        `/${IDENTITY}`,
        `/-/vm/${IDENTITY}`,
        `/-/vm/${encoded}`,
        `/-/ready/-/${IDENTITY}`,
      ]) {
        expect(await (await server.get(`${path}/user-data`)).text(), path).not.toContain('secret');
      }
    }));

  it('is not to be had by the path of its folder, nor is a token to report with', () =>
    withServer(async (server, folder) => {
      await folder.write('seeds/bob/user-data', '#!/bin/sh\n');
      await register(server);
      for (const file of ['meta-data', 'user-data', 'vendor-data', 'network-config']) {
        const answer = await server.get(`/alice/${file}`);
        expect([answer.status, await answer.text()]).toEqual([423, 'this seed is for registered VMs\n']);
      }
      expect((await fetch(`${server.url}/alice/user-data`, { method: 'HEAD' })).status).toBe(423);
      expect(server.log.text()).toContain('--by-path all');
      expect((await server.get('/bob/user-data')).status).toBe(200);
      await server.api.deregister(IDENTITY, ALLOC, LIFE);
      expect((await server.get('/alice/user-data')).status).toBe(423);
    }));

  it('leaves who booted from the path before its identity, and nothing else', () =>
    withServer(async server => {
      const before = await (await server.get('/alice/meta-data')).text();
      await register(server);
      const after = await server.get('/alice/meta-data');
      expect([after.status, await after.text()]).toEqual([200, before]);
      for (const file of ['user-data', 'vendor-data']) {
        const answer = await server.get(`/alice/${file}`);
        expect([answer.status, await answer.text()]).toEqual([200, '']);
      }
      expect((await fetch(`${server.url}/alice/user-data`, { method: 'HEAD' })).status).toBe(423);
    }));

  it('is anybody’s where paths are open to all', () =>
    withServer(
      async server => {
        await register(server);
        expect(await (await server.get('/alice/user-data')).text()).toContain('vim');
      },
      { policies: { byPath: 'all' } },
    ));

  it('fills no log for who asks in vain: ten a minute are told, with how many were not', () =>
    withServer(async server => {
      for (let attempt = 0; attempt < 15; attempt += 1) await server.get(`/no-such-${attempt}/user-data`);
      for (let attempt = 0; attempt < 15; attempt += 1) await server.post('/alice/user-data', '');
      expect(server.log.text().match(/ refused"/g)).toHaveLength(10);
    }));

  it('is served while somebody tries tokens and leaves connections open', () =>
    withServer(async server => {
      const { seed_path } = await register(server);
      const port = Number(new URL(server.url).port);
      const idle = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'));
      const tries = Array.from({ length: 200 }, (_, index) => server.get(`/-/vm/${index}/user-data`));
      expect((await server.get(`${seed_path}user-data`)).status).toBe(200);
      for (const tried of await Promise.all(tries)) expect(tried.status).toBe(404);
      for (const socket of idle) socket.destroy();
    }));
});

describe('what a guest prints', () => {
  it('is shown without the passwords that its cloud-init has made', () =>
    withServer(async server => {
      await register(server);
      const console_tail = "Set the following 'random' passwords\n\ndebian:C7BZrW76s4mJ\n";
      await server.api.report(IDENTITY, { alloc_id: ALLOC, console_tail }, LIFE);
      for (const path of ['vm', 'vms']) {
        const text = await (await server.admin(`/${path}/${encodeURIComponent(IDENTITY)}`)).text();
        expect(text).toMatch(/debian:(?:<|&lt;)redacted/);
        expect(text).not.toContain('C7BZrW76s4mJ');
      }
    }));

  it('can neither write to the log nor to a page', () =>
    withServer(async server => {
      await register(server);
      const tail = '\n{"level":"error"}\u001b]0;owned\u0007</pre><script>1</script>';
      await server.api.report(IDENTITY, { alloc_id: ALLOC, console_tail: tail }, LIFE);
      const page = await (await server.admin(`/vm/${encodeURIComponent(IDENTITY)}`)).text();
      expect(page).not.toContain('<script>1');
      expect(page).not.toContain('\u001b');
      expect(server.log.lines().filter(line => line['level'] === 'error')).toEqual([]);
    }));
});
