import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readVm, startObservingServer } from '../cloudinit-server/observe/observing-server.ts';
import { replayGuest } from './replay-guest.ts';
import { sendRequest } from './send-request.ts';

describe('replayGuest()', () => {
  it.each([0, 1, 2])('boots as recorded guest %d did, to the end', async recording => {
    await using server = await startObservingServer(['vm1']);
    const route = { host: '127.0.0.1', port: Number(new URL(server.url).port), from: '127.9.9.9' };
    const statuses: number[] = [];
    const times: number[] = [];
    await replayGuest({ seedPath: '/vm1/', recording }, async request => {
      const answer = await sendRequest(route, request);
      statuses.push(answer.status);
      times.push(request.atMs);
      return answer;
    });
    expect(new Set(statuses)).toEqual(new Set([200, 204]));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(times.at(0)).toBe(0);
    expect(await readVm(server, 'vm1')).toMatchObject({ stage: 'ready', address: '127.9.9.9' });
  });

  it('says so when it is not asked to report', async () => {
    await using server = await startObservingServer(['vm1'], { observing: undefined });
    const route = { host: '127.0.0.1', port: Number(new URL(server.url).port), from: '127.0.0.1' };
    const replay = replayGuest({ seedPath: '/vm1/', recording: 0 }, request => sendRequest(route, request));
    await expect(replay).rejects.toThrow('vendor-data of "/vm1/" asks for no "events"');
  });
});

describe('sendRequest()', () => {
  it('tells by its code that an answer was cut off', async () => {
    const server = createServer(socket =>
      socket.resume().end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const route = { host: '127.0.0.1', port, from: '127.0.0.1' };
    const sent = sendRequest(route, { head: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', body: '' });
    await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
    server.close();
    await once(server, 'close');
    await expect(sendRequest(route, { head: 'GET / HTTP/1.1\r\n\r\n', body: '' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
