import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDriverReport } from '../../../cloudinit-server/registration/parse-driver-report.ts';
import { parseEventsQuery } from '../../../cloudinit-server/registration/parse-events-query.ts';
import { parseRegistration } from '../../../cloudinit-server/registration/parse-registration.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { IDENTITY, LIFE, MAC, REQUEST, type RegisteringServer, withServer } from './registering-server.ts';

const VM = `/v1/vms/${encodeURIComponent(IDENTITY)}`;

/** A request to the listener for drivers, with whatever it is that is tried. */
async function ask(server: RegisteringServer, path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${server.token}`, ...init.headers };
  const answer = await fetch(`${server.driversUrl}${path}`, { ...init, headers });
  // What it answers is tested.
  const body = (await answer.json()) as { readonly error?: string; readonly code?: string };
  return { status: answer.status, ...body };
}

/** Sends bytes as they are; all that comes back until the server closes. */
async function send(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  return await text(socket);
}

describe('who has no token', () => {
  it('is answered 401, whatever is asked and shown instead', () =>
    withServer(async server => {
      const others = ['Bearer ', `Bearer ${'x'.repeat(43)}`, 'Bearer a, Bearer b', `Basic ${server.token}`];
      const paths = ['/v1/events?node=node-1', VM, '/', '/nothing', '/v1/vms/..%2f..', '/metrics'];
      for (const authorization of [undefined, ...others]) {
        for (const path of paths) {
          for (const method of ['GET', 'PUT', 'DELETE']) {
            const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
            const answer = await fetch(`${server.driversUrl}${path}`, { method, headers });
            expect([answer.status, await answer.json()], `${method} ${path} ${authorization}`).toEqual([
              401,
              { code: 'token-refused', error: expect.stringContaining('--drivers-token') },
            ]);
          }
        }
      }
    }));

  it('has none with a part of it, or in the address', () =>
    withServer(async server => {
      for (const token of [
        server.token.slice(0, -1),
        `${server.token}x`,
        server.token.toLowerCase(),
        '%00',
      ]) {
        const headers = { authorization: `Bearer ${token}` };
        expect((await fetch(`${server.driversUrl}/v1/events?node=n`, { headers })).status).toBe(401);
      }
      const answer = await fetch(`${server.driversUrl}/v1/events?node=n&token=${server.token}`);
      expect(answer.status).toBe(401);
      expect(server.log.text()).not.toContain(server.token);
    }));

  it('fills no log: ten a minute are told, all are counted', () =>
    withServer(async server => {
      for (let attempt = 0; attempt < 15; attempt += 1) await fetch(`${server.driversUrl}${VM}`);
      const told = server.log.lines().filter(line => line['message'] === 'drivers token refused');
      expect(told).toHaveLength(10);
      expect(await (await server.admin('/metrics')).text()).toContain('{listener="drivers"} 15');
    }));

  it('is not waited for', () =>
    withServer(async server => {
      const head = `PUT ${VM} HTTP/1.1\r\nhost: s\r\ncontent-length: 2000000\r\n\r\n{`;
      expect(await send(server.driversUrl, head)).toMatch(/^HTTP\/1\.1 401 .*connection: close/is);
    }));
});

describe('who has the token', () => {
  it('cannot keep the server from stopping', () =>
    withServer(async server => {
      const socket = connect(Number(new URL(server.driversUrl).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.on('error', () => undefined);
      const auth = `authorization: Bearer ${server.token}`;
      socket.write(`PUT ${VM} HTTP/1.1\r\nhost: s\r\n${auth}\r\ncontent-length: 9000\r\n\r\n{`);
      // Both are there when a later request is answered.
      await server.api.events({ node: 'n', after: 0, waitSeconds: 0 }, LIFE);
      await server.stop();
      socket.destroy();
    }));

  it('cannot send too much', () =>
    withServer(async server => {
      const body = JSON.stringify({ ...REQUEST, files: { 'user-data': 'x'.repeat(2 * 1024 * 1024) } });
      expect(await ask(server, VM, { method: 'PUT', body })).toMatchObject({
        status: 413,
        code: 'body-too-large',
      });
      const half = { ...REQUEST, files: { 'user-data': 'x'.repeat(1024 * 1024 + 1) } };
      expect(await server.api.register(IDENTITY, half, LIFE)).toMatchObject({
        problems: [{ path: 'files.user-data', message: expect.stringContaining('too large') }],
      });
    }));

  it('cannot send what is no object, as a registration or as a report', () =>
    withServer(async server => {
      for (const body of [
        '',
        '{"seed":',
        '[]',
        '7',
        'null',
        '"seed"',
        '{"seed":"\xff"}',
        `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
        '{"__proto__":{"seed":"alice"},"constructor":{"prototype":{"seed":1}}}',
        '{"seed":"alice","seed":7}',
      ]) {
        const sent = body.slice(0, 40);
        const put = { method: 'PUT', body: Buffer.from(body, 'latin1') };
        expect(await ask(server, VM, put), sent).toMatchObject({ status: 422, code: 'registration-invalid' });
        const post = { method: 'POST', body: Buffer.from(body, 'latin1') };
        expect(await ask(server, `${VM}/reports`, post), sent).toMatchObject({
          status: 422,
          code: 'report-invalid',
        });
      }
      expect(Reflect.get({}, 'seed')).toBeUndefined();
    }));

  it('is told all that is wrong at once, by field', () =>
    withServer(async server => {
      const wrong = {
        seed: '../alice',
        files: { 'user-data': 1, id_rsa: 'x' },
        mac_addresses: [MAC, 'FF:FF:FF:FF:FF:FF', 7],
        uuid: 'me',
        namespace: 'a\nb',
        job: '"; rm -rf /',
        group: 'key: value',
        task: '',
        index: -1,
        alloc_id: '../../x',
        node: '#',
        instance_id: 'mine',
        delivery: 'pigeon',
        guest_url: 'http://h/;i=evil',
        extra: true,
      };
      const body = JSON.stringify(wrong);
      const answer = await ask(server, '/v1/vms/..%2F..%2Fetc', { method: 'PUT', body });
      const { error = '' } = answer;
      for (const path of [
        'identity',
        '"extra"',
        'files',
        'mac_addresses[1]',
        'mac_addresses[2]',
        ...Object.keys(wrong),
      ]) {
        if (path !== 'mac_addresses' && path !== 'extra') expect(error).toContain(`${path} `);
      }
      expect(error).not.toMatch(/\p{Cc}/u);
    }));

  it('cannot name a seed that is none', () =>
    withServer(async (server, folder) => {
      await folder.write('seeds/_default/user-data', 'u');
      await folder.write('seeds/lab/_default/user-data', 'u');
      const refused = [
        '..',
        '/etc',
        'a/../b',
        'a//b',
        '-/vm',
        'healthz',
        '.git',
        'a\\b',
        '',
        'x'.repeat(300),
      ];
      for (const seed of refused) {
        const result = await server.api.register(IDENTITY, { ...REQUEST, seed }, LIFE);
        expect(result, seed).toMatchObject({ kind: 'invalid', problems: [{ path: 'seed' }] });
      }
      for (const seed of ['.', '_default', 'lab/_default', 'nobody']) {
        const result = await server.api.register(IDENTITY, { ...REQUEST, seed }, LIFE);
        expect(result.kind, seed).toMatch(/^(seed-unknown|invalid)$/);
      }
      expect(await (await server.admin('/vms')).json()).toEqual({ vms: [] });
    }));

  it('cannot call a VM anything but what drivers call it', () =>
    withServer(async server => {
      for (const identity of [
        'alone',
        'a/b/c',
        '/a',
        'a/',
        'a//b/c/0',
        'a/b/c/d/x',
        'a/b/c/d/0/e',
        'a/%2f',
        'a/%zz',
        'a/b c',
        'a/<b>',
        'a/\u202eb',
        `a/${'b'.repeat(800)}`,
      ]) {
        expect(await server.api.register(identity, REQUEST, LIFE), identity).toMatchObject({
          kind: 'invalid',
          problems: [{ path: 'identity' }],
        });
      }
    }));

  it('cannot ask what there is no answer to', () =>
    withServer(async server => {
      for (const [method, path] of [
        ['GET', VM],
        ['POST', VM],
        ['PATCH', VM],
        ['GET', '/v1/vms'],
        ['GET', '/alice/user-data'],
        ['GET', '/metrics'],
      ] as const) {
        expect(await ask(server, path, { method }), path).toMatchObject({ status: 404, code: 'not-found' });
      }
      const removal = { method: 'DELETE' };
      expect(await ask(server, VM, removal)).toMatchObject({ status: 422, code: 'query-invalid' });
      const wrong = [
        '',
        'node=',
        'node=n&after=-1',
        'node=n&after=x',
        'node=n&timeout=9999',
        'node=a&node=b',
      ];
      for (const query of wrong) {
        const answer = await ask(server, `/v1/events?${query}`);
        expect(answer, query).toMatchObject({ status: 422, code: 'query-invalid' });
      }
    }));
});

describe('what drivers send', () => {
  it('is read without being at a loss, and taken only when every value fits', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const near = fc.record({
      seed: fc.oneof(fc.constant('alice'), fc.constant(null), fc.string(), json),
      files: fc.oneof(fc.dictionary(fc.constantFrom('user-data', 'meta-data', 'x'), fc.string()), json),
      mac_addresses: fc.oneof(fc.array(fc.constantFrom(MAC, 'x')), json),
      job: fc.oneof(fc.constant('web'), fc.string({ unit: 'grapheme' }), json),
      guest_url: fc.oneof(fc.webUrl(), fc.string(), json),
    });
    const body = fc.oneof(
      json,
      near,
      near.map(fields => ({ ...REQUEST, ...fields })),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant(IDENTITY)), body, (identity, value) => {
        const parsed = parseRegistration(identity, value);
        parseDriverReport(value);
        if (parsed.kind === 'invalid') {
          expect(parsed.problems.length).toBeGreaterThan(0);
          return;
        }
        const { facts } = parsed;
        for (const name of [facts.namespace, facts.job, facts.group, facts.task, facts.node]) {
          expect(name).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}._/:+@~=-]*$/u);
        }
        expect(facts.guestUrl).not.toMatch(/[\s;"'\\]/);
      }),
      { numRuns: fuzzRuns(400) },
    );
    const query = fc.dictionary(fc.constantFrom('node', 'after', 'timeout'), fc.oneof(fc.string(), json));
    fc.assert(
      fc.property(query, value => {
        const parsed = parseEventsQuery(value);
        expect(parsed.kind === 'invalid' || Number.isSafeInteger(parsed.wanted.after)).toBe(true);
      }),
    );
  });
});
