import { describe, expect, it } from 'vitest';
import { createDriversApi } from '../../../cloudinit-server/client/drivers-api.ts';
import type { RegistrationRequest } from '../../../cloudinit-server/client/drivers-api-types.ts';
import { type PlainAnswer, startPlainServer } from '../fakes/plain-server.ts';

const { signal } = new AbortController();
const TOKEN = 'secret-token';
const IDENTITY = 'default/web%2F1/vm/vm/0';
const REQUEST: RegistrationRequest = {
  seed: 'alice',
  files: { 'user-data': '#cloud-config\n' },
  mac_addresses: ['52:54:00:12:34:56'],
  uuid: '7c1f9f3a-0000-8000-8000-000000000000',
  namespace: 'default',
  job: 'web/1',
  group: 'vm',
  task: 'vm',
  index: 0,
  alloc_id: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  node: 'node-1',
  instance_id: 'stable',
  delivery: 'http',
  guest_url: 'http://10.77.0.1:8000',
};
const REGISTRATION = {
  seed_path: '/-/vm/AAAAAAAAAAAAAAAAAAAAAA/',
  instance_id: 'vm-1',
  files: null,
  findings: [{ file: 'user-data', line: 1, column: 2, severity: 'warning', message: 'look here' }],
};

describe('createDriversApi()', () => {
  it('registers with the token in a header and the identity encoded once', async () => {
    await using server = await startPlainServer(() => ({ status: 200, body: REGISTRATION }));
    const api = createDriversApi({ url: `${server.url}/base`, token: TOKEN });
    expect(await api.register(IDENTITY, REQUEST, signal)).toEqual({
      kind: 'registered',
      registration: REGISTRATION,
    });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'PUT',
      target: '/base/v1/vms/default%2Fweb%252F1%2Fvm%2Fvm%2F0',
      headers: { authorization: 'Bearer secret-token', 'content-type': 'application/json' },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual(REQUEST);
  });

  it('takes rendered files for a disk, all four or none', async () => {
    const files = { 'meta-data': 'm', 'user-data': 'u', 'vendor-data': 'v', 'network-config': '' };
    expect(await answered('register', { status: 200, body: { ...REGISTRATION, files } })).toMatchObject({
      registration: { files },
    });
    const three = { ...REGISTRATION, files: { ...files, 'vendor-data': undefined } };
    expect(await answered('register', { status: 200, body: three })).toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['register', 404, 'seed-unknown', { kind: 'seed-unknown', reason: 'why' }],
    ['register', 422, 'registration-invalid', { kind: 'invalid', reason: 'why', problems: [] }],
    ['register', 401, 'token-refused', { kind: 'refused', reason: 'why' }],
    ['register', 503, 'unavailable', { kind: 'unreachable', reason: 'status 503 from it: why' }],
    ['report', 409, 'allocation-other', { kind: 'allocation-other' }],
    ['report', 404, 'vm-unknown', { kind: 'unknown' }],
    ['report', 401, 'token-refused', { kind: 'refused' }],
    ['report', 422, 'report-invalid', { kind: 'invalid' }],
    ['deregister', 401, 'token-refused', { kind: 'refused' }],
    ['events', 401, 'token-refused', { kind: 'refused' }],
    ['events', 422, 'query-invalid', { kind: 'invalid' }],
  ] as const)('%s: status %d with code "%s" is its own result', async (call, status, code, result) => {
    expect(await answered(call, { status, body: { error: 'why', code } })).toMatchObject(result);
  });

  it.each(['register', 'report', 'deregister', 'events'] as const)(
    '%s: an answer of some other program is "unreachable"',
    async call => {
      const bodies = ['', '<html>', '{}', '[]', 'null', '{"seed_path":"/x/","events":1}'];
      for (const body of bodies) {
        for (const status of [200, 302, 404, 405, 500]) {
          expect(await answered(call, { status, body })).toMatchObject({ kind: 'unreachable' });
        }
      }
    },
  );

  it('says which fields are invalid', async () => {
    const problems = [{ path: 'uuid', message: 'it is no UUID' }];
    const body = { error: 'why', code: 'registration-invalid', problems };
    expect(await answered('register', { status: 422, body })).toMatchObject({ problems });
  });

  it('reports, and takes a VM off for one allocation', async () => {
    await using server = await startPlainServer(() => ({ status: 204 }));
    const api = createDriversApi({ url: server.url, token: TOKEN });
    const report = { alloc_id: 'a', console_tail: 'login:' };
    expect(await api.report('default/vm', report, signal)).toEqual({ kind: 'reported' });
    expect(await api.deregister('default/vm', 'a&b', signal)).toEqual({ kind: 'deregistered' });
    expect(server.requests).toMatchObject([
      { method: 'POST', target: '/v1/vms/default%2Fvm/reports', body: JSON.stringify(report) },
      { method: 'DELETE', target: '/v1/vms/default%2Fvm?alloc_id=a%26b' },
    ]);
  });

  it('reads events, and goes past kinds that it does not know', async () => {
    const about = { at: '2026-01-31T12:00:00.000Z', identity: 'default/vm', alloc_id: 'a' };
    const events = [
      {
        ...about,
        cursor: 1,
        kind: 'address',
        address: '10.0.0.2',
        mac_address: null,
        source: 'seed request',
      },
      { ...about, cursor: 2, kind: 'ready', took_s: 41 },
      { ...about, cursor: 3, kind: 'failed', took_s: 41, steps: ['modules-final/config-scripts-user'] },
      { ...about, cursor: 4, kind: 'stuck', reason: 'it waits' },
      { ...about, cursor: 5, kind: 'host-keys-changed' },
    ];
    const page = { events: [...events, { ...about, cursor: 6, kind: 'dreamt' }], cursor: 6 };
    await using server = await startPlainServer(() => ({ status: 200, body: page }));
    const api = createDriversApi({ url: server.url, token: TOKEN });
    expect(await api.events({ node: 'node 1', after: 0, waitSeconds: 3 }, signal)).toEqual({
      kind: 'events',
      events,
      cursor: 6,
    });
    expect(server.requests).toMatchObject([{ target: '/v1/events?node=node+1&after=0&timeout=3' }]);
  });

  it('gives up on a server that says nothing, later when it was asked to wait', async () => {
    await using server = await startPlainServer(() => undefined);
    const api = createDriversApi({ url: server.url, token: TOKEN, timeoutMs: 20 });
    expect(await api.deregister('default/vm', 'a', signal)).toEqual({
      kind: 'unreachable',
      reason: 'no answer within 20 ms',
    });
    expect(await api.events({ node: 'n', after: 0, waitSeconds: 0.03 }, signal)).toEqual({
      kind: 'unreachable',
      reason: 'no answer within 50 ms',
    });
  });

  it('says that nothing listens', async () => {
    const server = await startPlainServer(() => undefined);
    await server[Symbol.asyncDispose]();
    const api = createDriversApi({ url: server.url, token: TOKEN });
    expect(await api.events({ node: 'n', after: 0 }, signal)).toEqual({
      kind: 'unreachable',
      reason: 'connection refused: nothing listens there',
    });
  });

  it('ends with the reason of its signal', async () => {
    await using server = await startPlainServer(() => undefined);
    const stop = new AbortController();
    const waiting = createDriversApi({ url: server.url, token: TOKEN }).events(
      { node: 'n', after: 0 },
      stop.signal,
    );
    stop.abort(new Error('the plugin ends'));
    await expect(waiting).rejects.toThrow('the plugin ends');
  });

  it.each(['', 'two words', 'line\nfeed', 'schlüssel'])(
    'refuses the token %j without repeating it',
    token => {
      const create = () => createDriversApi({ url: 'http://127.0.0.1:1', token });
      expect(create).toThrow('take the one line of the file');
      if (token !== '') expect(create).not.toThrow(token);
    },
  );
});

async function answered(call: 'register' | 'report' | 'deregister' | 'events', answer: PlainAnswer) {
  await using server = await startPlainServer(() => answer);
  const api = createDriversApi({ url: server.url, token: TOKEN });
  switch (call) {
    case 'register':
      return await api.register(IDENTITY, REQUEST, signal);
    case 'report':
      return await api.report(IDENTITY, { alloc_id: 'a' }, signal);
    case 'deregister':
      return await api.deregister(IDENTITY, 'a', signal);
    case 'events':
      return await api.events({ node: 'n', after: 0 }, signal);
  }
}
