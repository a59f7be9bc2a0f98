import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkSeed } from '../../cloudinit-server/client.ts';
import { listen } from './fakes/listening-server.ts';
import { createBrokenSeedStore, createFixedSeedStore } from './fakes/seed-stores.ts';

const { signal } = new AbortController();

describe('checkSeed()', () => {
  it('finds a seed that the server has, with or without meta-data', async () => {
    await using server = await listen(
      createFixedSeedStore({ 'lab/vm1': {}, '.': { 'user-data': '#!/bin/sh' } }),
    );
    expect(await checkSeed(server.url, 'lab/vm1', { signal })).toEqual({
      kind: 'found',
      url: `${server.url}/lab/vm1/`,
    });
    expect(await checkSeed(`${server.url}/`, '.', { signal })).toEqual({
      kind: 'found',
      url: `${server.url}/`,
    });
  });

  it('tells a seed that the server does not have from a server that is down', async () => {
    await using server = await listen(createFixedSeedStore({ vm1: {} }));
    expect(await checkSeed(server.url, 'vm2', { signal })).toMatchObject({ kind: 'unknown' });
    await server.close();
    expect(await checkSeed(server.url, 'vm2', { signal })).toMatchObject({
      kind: 'unreachable',
      reason: 'connection refused: nothing listens there',
    });
  });

  it('does not find a seed of which a plain web server lacks a file that guests need', async () => {
    await using server = await listenPlainly(new Set(['/vm1/meta-data']));
    expect(await checkSeed(server.url, 'vm1', { signal })).toMatchObject({ kind: 'unknown' });
    await using complete = await listenPlainly(new Set(['/vm1/meta-data', '/vm1/user-data']));
    expect(await checkSeed(complete.url, 'vm1', { signal })).toMatchObject({ kind: 'found' });
  });

  it('is told at once that seeds are not readable, while guests are held', async () => {
    await using server = await listen(createBrokenSeedStore(), { holdMs: 60_000 });
    expect(await checkSeed(server.url, 'vm1', { signal })).toEqual({
      kind: 'unreachable',
      url: `${server.url}/vm1/`,
      reason:
        'status 503 where 200 or 404 was expected: it cannot read its seeds at the moment, its log says why',
    });
  });

  it('gives up on a server that accepts and says nothing', async () => {
    await using silent = await listenSilently();
    expect(await checkSeed(silent.url, 'vm1', { signal, timeoutMs: 50 })).toMatchObject({
      kind: 'unreachable',
      reason: 'no answer within 50 ms',
    });
  });

  it('ends with the reason of its signal', async () => {
    await using silent = await listenSilently();
    const stop = new AbortController();
    const check = checkSeed(silent.url, 'vm1', { signal: stop.signal });
    stop.abort(new Error('the task was stopped'));
    await expect(check).rejects.toThrow('the task was stopped');
  });

  it('refuses a name that leads elsewhere before anything is sent', async () => {
    await expect(checkSeed('http://127.0.0.1:1', '../x', { signal })).rejects.toMatchObject({
      code: 'seed-name-invalid',
    });
  });
});

function listenSilently() {
  return listenOn(createServer(socket => socket.on('error', () => undefined)));
}

/** A web server that knows nothing of seeds. */
function listenPlainly(files: ReadonlySet<string>) {
  return listenOn(
    createHttpServer((request, response) => {
      response.writeHead(files.has(request.url ?? '') ? 200 : 404).end();
    }),
  );
}

async function listenOn(server: Server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}
