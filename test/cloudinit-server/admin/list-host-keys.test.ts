import { rename, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startObservingServer } from '../observe/observing-server.ts';
import {
  ALLOC,
  IDENTITY,
  LIFE,
  type RegisteringServer,
  readReportPaths,
  register,
  withServer,
} from '../registration/registering-server.ts';

/** A public key of its own. */
function makeKey(byte: number): string {
  const blob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519'), Buffer.alloc(36, byte)]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}

/** The guest with this seed tells its key. */
async function phoneHome(server: RegisteringServer, seedPath: string, key: string) {
  const { phoneHome: path } = await readReportPaths(server, seedPath);
  await server.post(path, new URLSearchParams({ pub_key_ed25519: key }).toString());
}

/** What `nomad-vm ssh` is answered. */
async function askSsh(server: RegisteringServer) {
  const response = await server.admin(`/vms/${encodeURIComponent(IDENTITY)}/ssh`);
  // Our own server's answer.
  return { status: response.status, ...((await response.json()) as { readonly [key: string]: unknown }) };
}

describe('host keys of a VM whose disk may be another', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());
  const OTHER_ALLOC = '11111111-7dec-11d0-a765-00a0c91e6bf6';
  const pass = () => vi.setSystemTime(Date.now() + 60_000);
  const EVENT = { description: '', origin: 'cloudinit', timestamp: 1, name: 'init-network/config-ssh' };
  const START = JSON.stringify({ ...EVENT, event_type: 'start' });
  const END = JSON.stringify({ ...EVENT, name: 'modules-final', event_type: 'finish', result: 'SUCCESS' });

  /** The first allocation, which has booted; its console has printed the key that it told. */
  async function bootFirst(server: RegisteringServer): Promise<void> {
    const { seed_path } = await register(server);
    for (const file of ['meta-data', 'user-data', 'vendor-data']) await server.get(`${seed_path}${file}`);
    await phoneHome(server, seed_path, makeKey(1));
    await server.post((await readReportPaths(server, seed_path)).events, END);
    await server.api.report(IDENTITY, { alloc_id: ALLOC, host_keys: [makeKey(1)] }, LIFE);
    expect(await askSsh(server)).toMatchObject({ status: 200, host_keys: [makeKey(1)] });
    pass();
  }

  it('are not those of the allocation before, until it tells or prints its own', () =>
    withServer(async server => {
      const readHosts = async () => (await server.admin('/known_hosts')).text();
      await bootFirst(server);
      const { seed_path } = await register(server, { alloc_id: OTHER_ALLOC });
      expect(await askSsh(server)).toMatchObject({
        status: 409,
        error: expect.stringContaining('its job runs'),
      });
      for (const file of ['meta-data', 'user-data', 'vendor-data']) await server.get(`${seed_path}${file}`);
      await server.post((await readReportPaths(server, seed_path)).events, START);
      expect(await askSsh(server)).toMatchObject({
        status: 409,
        error: expect.stringContaining('"activated"'),
      });
      expect(await readHosts()).toBe('');
      await server.api.report(IDENTITY, { alloc_id: OTHER_ALLOC, host_keys: [makeKey(2)] }, LIFE);
      expect(await askSsh(server)).toMatchObject({ status: 200, host_keys: [makeKey(2)], warning: null });
      await phoneHome(server, seed_path, makeKey(2));
      expect(await readHosts()).toBe(`127.0.0.1,alice ${makeKey(2)}\n`);
    }));

  it('are not those that are still on its console when it sets itself up anew', () =>
    withServer(async server => {
      await bootFirst(server);
      const { seed_path } = await register(server);
      for (const file of ['meta-data', 'user-data']) await server.get(`${seed_path}${file}`);
      await server.api.report(IDENTITY, { alloc_id: ALLOC, host_keys: [makeKey(1)] }, LIFE);
      expect(await askSsh(server)).toMatchObject({ status: 409 });
    }));

  it('stay when it remembers its seed on the disk that it has kept', () =>
    withServer(async server => {
      await bootFirst(server);
      const { seed_path } = await register(server, { alloc_id: OTHER_ALLOC });
      await server.post((await readReportPaths(server, seed_path)).events, START);
      expect(await askSsh(server)).toMatchObject({ status: 200, host_keys: [makeKey(1)] });
      expect(await (await server.admin('/known_hosts')).text()).toContain(`alice ${makeKey(1)}`);
    }));
});

describe('GET /vms/:vm/ssh', () => {
  it('takes the name of a seed for none of the VMs that have it now, whoever told what in its name', () =>
    withServer(async server => {
      await phoneHome(server, '/alice/', makeKey(1));
      expect((await server.admin('/vms/alice/ssh')).status).toBe(200);
      await register(server);
      const response = await server.admin('/vms/alice/ssh');
      expect([response.status, await response.text()]).toEqual([409, expect.stringContaining(IDENTITY)]);
    }));
});

describe('GET /known_hosts', () => {
  it('gives a name to the registered VM that has the seed now, and to none that is gone', () =>
    withServer(async server => {
      const read = async () => (await server.admin('/known_hosts')).text();
      await phoneHome(server, '/alice/', makeKey(1));
      expect(await read()).toBe(`127.0.0.1,alice ${makeKey(1)}\n`);
      const { seed_path } = await register(server);
      // The address is whose key was told last, the name is the registered VM's.
      expect(await read()).toBe(`127.0.0.1 ${makeKey(1)}\n`);
      await phoneHome(server, seed_path, makeKey(2));
      expect(await read()).toContain(`alice ${makeKey(2)}\n`);
      expect(await read()).not.toContain(`alice ${makeKey(1)}`);
      await server.api.deregister(IDENTITY, ALLOC, LIFE);
      expect(await read()).toBe(`127.0.0.1,alice ${makeKey(1)}\n`);
    }));

  it('has a VM without a driver as long as its folder is there, or the whole seeds folder is away', async () => {
    await using server = await startObservingServer(['alice']);
    const { phoneHome: path } = await server.reportPaths('alice');
    await server.post(path, new URLSearchParams({ pub_key_ed25519: makeKey(1) }).toString());
    const read = async () => (await server.admin('/known_hosts')).text();
    const seeds = `${server.folder.path}/seeds`;
    await rename(seeds, `${seeds}.away`);
    expect(await read()).toBe(`127.0.0.1,alice ${makeKey(1)}\n`);
    await rename(`${seeds}.away`, seeds);
    await rm(`${seeds}/alice`, { recursive: true });
    expect(await read()).toBe('');
  });
});
