import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { buildRawRequest, listen } from './fakes/listening-server.ts';
import { createFixedSeedStore } from './fakes/seed-stores.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

const HOSTILE_TARGETS = [
  '/../user-data',
  '/../secret/user-data',
  '/vm1/../../secret/user-data',
  '/vm1/../user-data',
  '/./user-data',
  '/vm1/./user-data',
  '/..%2fsecret/user-data',
  '/%2e%2e/secret/user-data',
  '/%2e%2e%2fsecret%2fuser-data',
  '/.%2e/secret/user-data',
  '/%252e%252e/secret/user-data',
  '/%c0%ae%c0%ae/secret/user-data',
  '/%uff0e%uff0e/secret/user-data',
  '/..\\secret\\user-data',
  '/vm1\\..\\..\\secret/user-data',
  '/..%5csecret/user-data',
  '/vm1%00/user-data',
  '/vm1/user-data%00',
  '/vm1/user-data%00.txt',
  '/%00/user-data',
  '/vm1%2fuser-data',
  '/vm1/%2e%2e/%2e%2e/secret/user-data',
  '/....//secret/user-data',
  '/..;/secret/user-data',
  '/.git/user-data',
  '/%2egit/user-data',
  '/vm1/.user-data',
  '/~root/user-data',
  '//etc/passwd',
  '/etc/passwd',
  '/proc/self/environ',
  '/vm1/',
  '/',
  '/%',
  '/%zz/user-data',
  '/vm1%0d%0aset-cookie:%20x/user-data',
  '/vm1%e2%80%ae/user-data',
  'http://seeds/../secret/user-data',
  '/secret-link/user-data',
  '/linked/user-data',
  '/secret/user-data',
  '*',
  `/${'x'.repeat(3000)}/user-data`,
  `/${'a/'.repeat(900)}user-data`,
  '/\u00fc\u00ff/user-data',
];

describe('hostile requests', () => {
  it('never lead out of the folder, to a dot file or to a listing', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('secret/user-data', 'TOP SECRET');
    await folder.write('user-data', 'TOP SECRET');
    await folder.write('seeds/.git/user-data', 'TOP SECRET');
    await folder.write('seeds/vm1/.user-data', 'TOP SECRET');
    await folder.write('seeds/vm1/user-data', 'VM1');
    await symlink(join(folder.path, 'secret'), join(folder.path, 'seeds/secret-link'));
    await symlink(join(folder.path, 'user-data'), join(await folder.folder('seeds/linked'), 'user-data'));
    for (const target of HOSTILE_TARGETS) {
      // One that was just started tells all that it refuses.
      await using server = await listen(createFolderSeedStore(join(folder.path, 'seeds')));
      const answer = await server.send(buildRawRequest(target));
      expect(answer, target).toMatch(/^HTTP\/1\.1 (400|404|414|503) /);
      expect(answer, target).not.toMatch(/SECRET|VM1|seeds\/|fastify|statusCode/i);
      expect(server.log.text(), target).toMatch(/^[ -~\n]+$/);
      expect((await server.get('/vm1/user-data')).status).toBe(200);
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'MKCOL', 'SEARCH'])(
    'with %s are answered 405',
    async method => {
      await using server = await listen(createFixedSeedStore({ vm1: {} }));
      for (const path of ['/vm1/user-data', '/healthz', '/']) {
        const answer = await server.send(buildRawRequest(path, method));
        expect(answer).toMatch(/^HTTP\/1\.1 405 /);
        expect(answer).toMatch(/allow: GET, HEAD\r\n/i);
      }
    },
  );

  it('with a body are answered before the body is there', async () => {
    await using server = await listen(createFixedSeedStore({ vm1: {} }));
    const answer = await server.send(
      'POST /vm1/user-data HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
  });

  it.each([
    ['many headers', `GET /vm1/user-data HTTP/1.1\r\nhost: x\r\n${'x-y: z\r\n'.repeat(20_000)}\r\n`, 431],
    [
      'a long header',
      `GET /vm1/user-data HTTP/1.1\r\nhost: x\r\ncookie: ${'x'.repeat(100_000)}\r\n\r\n`,
      431,
    ],
    ['a header of 9 kB', `GET /vm1 HTTP/1.1\r\nhost: x\r\ncookie: ${'x'.repeat(9_000)}\r\n\r\n`, 431],
    [
      'a target longer than all headers may be',
      `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
      431,
    ],
    ['no host', 'GET /vm1/user-data HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a control character', 'GET /vm1\x01/user-data HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ])('with %s are answered and cut off', async (_name, bytes, status) => {
    await using server = await listen(createFixedSeedStore({ vm1: {} }));
    // The answer may be lost when the server closes while bytes are still on their way: TCP then resets.
    const answer = await server.send(bytes).catch((error: unknown) => String(error));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} |ECONNRESET|EPIPE`));
    expect((await server.get('/vm1/user-data')).status).toBe(200);
  });

  it.each(['', 'GET /vm1/user-data HTTP/1.1\r\nhost:'])('that never end are ended: %j', async bytes => {
    const limits = { headersTimeoutMs: 60, requestTimeoutMs: 60, connectionsCheckMs: 20 };
    await using server = await listen(createFixedSeedStore({ vm1: {} }), limits);
    const slow = connect(server.port, '127.0.0.1');
    await once(slow, 'connect');
    slow.write(bytes);
    const answer = text(slow);
    expect((await server.get('/vm1/user-data')).status).toBe(200);
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(server.log.lines()).toContainEqual(
      expect.objectContaining({ message: 'no http request', code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
    );
  });

  it('cannot make up a client address', async () => {
    await using server = await listen(createFixedSeedStore({ vm1: {} }));
    const headers = { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', 'x-real-ip': '6.6.6.6' };
    await server.get('/vm1/user-data', { headers });
    expect(server.log.lines()).toMatchObject([{ address: '127.0.0.1' }]);
    expect(server.log.text()).not.toContain('6.6.6.6');
  });
});
