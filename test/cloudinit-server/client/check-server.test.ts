import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkServer } from '../../../cloudinit-server/client.ts';

let server: Server;
let url: string;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.statusCode = request.url?.startsWith('/other/') ? 404 : 200;
    if (!request.url?.startsWith('/slow/')) response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listener on an IP address has a port.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const signal = AbortSignal.timeout(10_000);

describe('checkServer()', () => {
  it('asks whether the process lives, below the path of the address', async () => {
    expect(await checkServer(url, { signal })).toEqual({ kind: 'answers' });
    expect(await checkServer(`${url}base`, { signal })).toEqual({ kind: 'answers' });
    expect(asked).toEqual(['HEAD /healthz', 'HEAD /base/healthz']);
  });

  it('says what is wrong with it', async () => {
    expect(await checkServer(`${url}other/`, { signal })).toEqual({
      kind: 'unreachable',
      reason: `status 404 from ${url}other/healthz: another server is there`,
    });
    expect(await checkServer(`${url}slow/`, { signal, timeoutMs: 50 })).toEqual({
      kind: 'unreachable',
      reason: 'no answer within 50 ms',
    });
    server.close();
    server.closeAllConnections();
    expect(await checkServer(url, { signal })).toMatchObject({
      reason: 'connection refused: nothing listens there',
    });
  });

  it('ends with its signal', async () => {
    await expect(checkServer(url, { signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over');
  });
});
