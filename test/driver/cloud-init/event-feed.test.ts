import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDriversApi } from '../../../cloudinit-server/client.ts';
import { EventFeed } from '../../../driver/cloud-init/event-feed.ts';
import { openCursorFile } from '../../../driver/cloud-init/feed-cursor.ts';
import { FakeDriversApi } from '../../fakes/drivers-api-server.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

let folder: string;
let api: FakeDriversApi;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-feed-test-'));
  api = await FakeDriversApi.listen();
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A feed, and what it has said. */
class Listener implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly cursors: number[] = [];
  readonly logged: string[] = [];
  readonly cursorPath = join(folder, 'cursor.json');
  readonly fresh: boolean[] = [];
  onEvent: (cursor: number) => void = () => undefined;
  readonly feed = new EventFeed({
    api: () => createDriversApi({ url: api.url, token: api.token }),
    node: 'node1',
    cursor: openCursorFile(this.cursorPath, `${api.url} node1`),
    deliver: events => {
      for (const { cursor } of events) {
        this.cursors.push(cursor);
        this.onEvent(cursor);
      }
    },
    onFresh: hasForgotten => this.fresh.push(hasForgotten),
    log: (_level, message) => this.logged.push(message),
    clock: this.clock,
  });

  async start(): Promise<void> {
    this.feed.start();
    await this.clock.advance(1_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.feed.stop();
  }
}

function tellReady(): void {
  api.tell('default/a', 'alloc', { kind: 'ready', took_s: 1 });
}

const SIGNAL = AbortSignal.timeout(20_000);

describe('EventFeed', () => {
  it('hears what was before and what comes, with one request at a time', async () => {
    await using listener = new Listener();
    tellReady();
    tellReady();
    await listener.start();
    await vi.waitFor(() => expect(listener.cursors).toEqual([1, 2]));
    tellReady();
    await vi.waitFor(() => expect(listener.cursors).toEqual([1, 2, 3]));
    expect(JSON.parse(readFileSync(listener.cursorPath, 'utf8'))).toMatchObject({ cursor: 3 });
    await vi.waitFor(() =>
      expect(api.pathsOf('GET').at(-1)).toBe('/v1/events?node=node1&after=3&timeout=25'),
    );
    expect(api.pathsOf('GET')).toHaveLength(3);
    expect(listener.clock.timers).toBe(0);
  });

  it('goes on where the plugin before it was', async () => {
    tellReady();
    {
      await using first = new Listener();
      await first.start();
      await vi.waitFor(() => expect(first.cursors).toEqual([1]));
    }
    tellReady();
    await using second = new Listener();
    await second.start();
    await vi.waitFor(() => expect(second.cursors).toEqual([2]));
  });

  it('hears an event again that the plugin died over', async () => {
    tellReady();
    {
      await using first = new Listener();
      first.onEvent = () => {
        throw new Error('killed');
      };
      await first.start();
      await vi.waitFor(() => expect(first.cursors).toEqual([1]));
    }
    await using second = new Listener();
    await second.start();
    await vi.waitFor(() => expect(second.cursors).toEqual([1]));
  });

  it('begins anew with another server, and with a cursor that cannot be read', async () => {
    tellReady();
    for (const saved of ['{"feed":"http://other/ node1","cursor":7}', '{"curs']) {
      await using listener = new Listener();
      writeFileSync(listener.cursorPath, saved);
      await listener.start();
      await vi.waitFor(() => expect(listener.cursors).toEqual([1]));
    }
  });

  it('rests longer and longer while the server is away, says so once, and goes on', async () => {
    await using listener = new Listener();
    await listener.start();
    await vi.waitFor(() => expect(api.pathsOf('GET')).toHaveLength(1));
    await api.stop();
    for (const restMs of [1_000, 2_000, 4_000, 8_000]) {
      await vi.waitFor(() => expect(listener.clock.timers).toBe(1));
      expect(listener.feed.isConnected).toBe(false);
      await listener.clock.advance(restMs - 1);
      expect(listener.clock.timers).toBe(1);
      await listener.clock.advance(1);
    }
    await vi.waitFor(() => expect(listener.clock.timers).toBe(1));
    await api.resume();
    tellReady();
    await listener.clock.advance(60_000);
    await vi.waitFor(() => expect(listener.cursors).toEqual([1]));
    expect(listener.logged).toEqual([
      'the seed server cannot be asked how VMs boot',
      'the seed server answers again',
    ]);
    expect(listener.fresh).toEqual([false]);
  });

  it('notices a server that has forgotten everything', async () => {
    await using listener = new Listener();
    tellReady();
    tellReady();
    await listener.start();
    await vi.waitFor(() => expect(listener.cursors).toEqual([1, 2]));
    await api.stop();
    api.forget();
    await api.resume();
    tellReady();
    await vi.waitFor(() => expect(listener.clock.timers).toBe(1));
    await listener.clock.advance(1_000);
    await vi.waitFor(() => expect(listener.cursors).toEqual([1, 2, 1]));
    expect(listener.fresh).toEqual([false, true]);
  });

  it('says that a token is refused, without the token', async () => {
    const said: unknown[] = [];
    const refused = new EventFeed({
      api: () => createDriversApi({ url: api.url, token: 'wrong-one' }),
      node: 'node1',
      cursor: openCursorFile(join(folder, 'x.json'), 'x'),
      deliver: () => undefined,
      onFresh: () => undefined,
      log: (_level, message, facts) => said.push(message, facts),
    });
    expect(await refused.catchUp(SIGNAL)).toBe(false);
    expect(JSON.stringify(said)).toContain('the token is another');
    expect(JSON.stringify(said)).not.toContain('wrong-one');
  });
});

describe('EventFeed.catchUp()', () => {
  it('hears all there is while nobody listens', async () => {
    await using listener = new Listener();
    tellReady();
    expect(await listener.feed.catchUp(SIGNAL)).toBe(true);
    expect(listener.cursors).toEqual([1]);
    expect(listener.feed.cursor).toBe(1);
  });

  it('does not wait for a request that waits, however many want to know', async () => {
    await using listener = new Listener();
    await listener.start();
    await vi.waitFor(() => expect(api.pathsOf('GET')).toHaveLength(1));
    const asked = Array.from({ length: 50 }, () => listener.feed.catchUp(SIGNAL));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
    expect(api.pathsOf('GET').length).toBeLessThan(5);
    tellReady();
    await vi.waitFor(() => expect(listener.cursors).toEqual([1]));
  });

  it('is false while the server is away, and cuts a rest short', async () => {
    await using listener = new Listener();
    await api.stop();
    await listener.start();
    await vi.waitFor(() => expect(listener.clock.timers).toBe(1));
    expect(await listener.feed.catchUp(SIGNAL)).toBe(false);
    await api.resume();
    expect(await listener.feed.catchUp(SIGNAL)).toBe(true);
  });

  it('ends with its signal and with the feed', async () => {
    const listener = new Listener();
    api.answer = ({ method }) => (method === 'GET' ? { status: 500, body: {} } : undefined);
    await listener.start();
    expect(await listener.feed.catchUp(AbortSignal.abort())).toBe(false);
    const asked = listener.feed.catchUp(SIGNAL);
    await listener.feed.stop();
    expect(await asked).toBe(false);
  });
});
