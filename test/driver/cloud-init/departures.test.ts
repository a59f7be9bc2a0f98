import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDriversApi } from '../../../cloudinit-server/client.ts';
import { Departures } from '../../../driver/cloud-init/departures.ts';
import { FakeDriversApi } from '../../fakes/drivers-api-server.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

const VM = { identity: 'default/alice', allocId: 'alloc-1' };
const OTHER = { identity: 'default/bob', allocId: 'alloc-2' };

let folder: string;
let api: FakeDriversApi;
let clock: FakeClock;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'departures-test-'));
  api = await FakeDriversApi.listen();
  clock = new FakeClock();
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function open(): Departures {
  return new Departures({
    folder: join(folder, 'departures'),
    api: () => createDriversApi({ url: api.url, token: api.token }),
    log: () => undefined,
    clock,
  });
}

function onDisk(): number {
  return existsSync(join(folder, 'departures')) ? readdirSync(join(folder, 'departures')).length : 0;
}

const GONE = '/v1/vms/default%2Falice?alloc_id=alloc-1';

describe('Departures', () => {
  it('tells the server in the background, and then forgets it', async () => {
    const departures = open();
    departures.depart(VM);
    departures.depart(OTHER);
    expect(onDisk()).toBe(2);
    await vi.waitFor(() => expect(onDisk()).toBe(0));
    expect(api.pathsOf('DELETE')).toEqual([GONE, '/v1/vms/default%2Fbob?alloc_id=alloc-2']);
    departures.depart(VM);
    await vi.waitFor(() => expect(api.pathsOf('DELETE')).toHaveLength(3));
    await departures.close();
  });

  it('goes on trying while the server is away', async () => {
    await api.stop();
    const departures = open();
    departures.depart(VM);
    await vi.waitFor(() => expect(clock.timers).toBe(1));
    await clock.advance(1_000);
    await vi.waitFor(() => expect(clock.timers).toBe(1));
    await api.resume();
    await clock.advance(2_000);
    await vi.waitFor(() => expect(onDisk()).toBe(0));
    expect(api.pathsOf('DELETE')).toEqual([GONE]);
    await departures.close();
  });

  it('leaves to the next plugin what it could not tell', async () => {
    await api.stop();
    const first = open();
    first.depart(VM);
    first.note(OTHER);
    await first.close();
    expect(onDisk()).toBe(2);
    await api.resume();
    const second = open();
    second.resume(({ identity }) => identity === OTHER.identity);
    await vi.waitFor(() => expect(onDisk()).toBe(0));
    // The other one is there after all.
    expect(api.pathsOf('DELETE')).toEqual([GONE]);
    await second.close();
  });

  it('says nothing of a VM that came back', async () => {
    await api.stop();
    const departures = open();
    departures.depart(VM);
    await vi.waitFor(() => expect(clock.timers).toBe(1));
    await departures.withdraw(VM);
    await api.resume();
    await clock.advance(60_000);
    expect(api.pathsOf('DELETE')).toEqual([]);
    expect(onDisk()).toBe(0);
    await departures.close();
  });

  it('lets nobody register a VM before a word of its end has arrived', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const departures = new Departures({
      folder: join(folder, 'departures'),
      api: () => ({
        ...createDriversApi({ url: api.url, token: api.token }),
        deregister: async () => {
          await promise;
          return { kind: 'deregistered' };
        },
      }),
      log: () => undefined,
      clock,
    });
    departures.depart(VM);
    let isWithdrawn = false;
    const withdrawing = departures.withdraw(VM).then(() => {
      isWithdrawn = true;
    });
    await settle();
    expect(isWithdrawn).toBe(false);
    resolve();
    await withdrawing;
    await departures.close();
  });

  it('drops what a plugin was killed over', async () => {
    mkdirSync(join(folder, 'departures'));
    writeFileSync(join(folder, 'departures/x.json'), '{"identity":"def');
    const departures = open();
    departures.resume(() => false);
    expect(onDisk()).toBe(0);
    await departures.close();
  });
});
