import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FoundVm } from '../../cloudinit-server/answer-seed-file.ts';
import { SeedError } from '../../cloudinit-server/errors.ts';
import { findSeedVm } from '../../cloudinit-server/find-vm.ts';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { type HoldOptions, holdUntilAnswered } from '../../cloudinit-server/hold.ts';
import type { RegisteredVms } from '../../cloudinit-server/registration/registered-vms.ts';
import type { SeedStore } from '../../cloudinit-server/seed-store.ts';
import { listen } from './fakes/listening-server.ts';
import { createBrokenSeedStore, createFixedSeedStore } from './fakes/seed-stores.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

const unreadable = new SeedError('seed-file-unreadable', 'Cannot read');

async function findKnownVm(store: SeedStore): Promise<FoundVm> {
  const found = await findSeedVm('vm1', store);
  if (found === undefined) throw unreadable;
  return found;
}

describe('holdUntilAnswered()', () => {
  const patient: HoldOptions = {
    holdMs: 60_000,
    retryMs: 1,
    mayGiveUp: () => true,
    signals: () => [],
    onHold: () => undefined,
  };

  it.each([unreadable, new Error('disk I/O error')])(
    'tries until it works, and tells of the first failure only: %s',
    async failure => {
      const failures: unknown[] = [];
      let attempts = 0;
      const attempt = async () => {
        attempts += 1;
        if (attempts < 4) throw failure;
        return attempts;
      };
      const onHold = (error: unknown) => failures.push(error);
      expect(await holdUntilAnswered(attempt, { ...patient, onHold })).toBe(4);
      expect(failures).toEqual([failure]);
    },
  );

  it.each(['seed-unknown', 'token-unknown', 'mac-refused'] as const)(
    'does not wait where the answer is known: %s',
    async code => {
      const refused = new SeedError(code, 'Cannot serve');
      const attempt = () => Promise.reject(refused);
      await expect(holdUntilAnswered(attempt, { ...patient, retryMs: 60_000 })).rejects.toBe(refused);
    },
  );

  it('gives up after its time where that does no harm, and on a signal where it does', async () => {
    const other = new SeedError('seeds-folder-missing', 'Cannot read');
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      throw attempts < 20 ? other : unreadable;
    };
    const options = { ...patient, holdMs: 1, mayGiveUp: (error: unknown) => error === unreadable };
    await expect(holdUntilAnswered(attempt, options)).rejects.toBe(unreadable);
    const stop = new AbortController();
    const held = holdUntilAnswered(() => Promise.reject(other), { ...options, signals: () => [stop.signal] });
    stop.abort();
    await expect(held).rejects.toBe(other);
  });
});

describe('a guest whose seed cannot be read', () => {
  it('waits, and gets its seed as soon as it can be read', async () => {
    await using folder = await createTemporaryFolder();
    const metaData = await folder.write('vm1/meta-data', Buffer.alloc(2 * 1024 * 1024));
    await using server = await listen(createFolderSeedStore(folder.path), { holdMs: 60_000, holdRetryMs: 5 });
    const answer = server.get('/vm1/meta-data');
    await expect.poll(() => server.log.text()).toContain('seed not readable, guest held');
    await rename(await folder.write('new', 'instance-id: vm1\n'), metaData);
    expect(await (await answer).text()).toBe('instance-id: vm1\n');
  });

  it('is not forgotten while the folder of all seeds is away', async () => {
    await using folder = await createTemporaryFolder();
    await using server = await listen(createFolderSeedStore(join(folder.path, 'mount')), {
      holdMs: 60_000,
      holdRetryMs: 5,
    });
    const answer = server.get('/vm1/user-data');
    await expect.poll(() => server.log.text()).toContain('there is no such folder; create it, mount it');
    // All at once, as a mount: a folder without its file yet would be a seed too.
    await folder.write('new/vm1/user-data', '#cloud-config\n');
    await rename(join(folder.path, 'new'), join(folder.path, 'mount'));
    expect(await (await answer).text()).toBe('#cloud-config\n');
  });

  it.each(['meta-data', 'user-data'])(
    'is told to come again in the end, where it is about %s and it will',
    async file => {
      await using folder = await createTemporaryFolder();
      await folder.folder(`vm1/${file}`);
      await using server = await listen(createFolderSeedStore(folder.path), { holdMs: 20, holdRetryMs: 5 });
      const headers = { 'user-agent': 'Cloud-Init/25.1.4' };
      const response = await server.get(`/vm1/${file}`, { headers });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect(server.log.text()).toContain('it is no regular file; put a file there');
    },
  );

  it.each(['Cloud-Init/22.4.2', 'Cloud-Init/25.0.9', 'curl/8'])(
    'is held on where it would not come again: %s',
    async userAgent => {
      let attempts = 0;
      const good = createFixedSeedStore({ vm1: { 'user-data': '#cloud-config\n' } });
      const broken = createBrokenSeedStore();
      const store = {
        ...good,
        findSeed: (path: string) => {
          attempts += 1;
          return (attempts < 20 ? broken : good).findSeed(path);
        },
      };
      await using server = await listen(store, { holdMs: 1, holdRetryMs: 5 });
      const headers = { 'user-agent': userAgent };
      expect(await (await server.get('/vm1/user-data', { headers })).text()).toBe('#cloud-config\n');
    },
  );

  it('loses its connection in the end, and is told nothing, where it would not come again', async () => {
    const limits = { holdMs: 1, holdRetryMs: 5, connectionTimeoutMs: 300 };
    await using server = await listen(createBrokenSeedStore(), limits);
    const headers = { 'user-agent': 'Cloud-Init/22.4.2' };
    await expect(server.get('/vm1/meta-data', { headers })).rejects.toThrow();
  });

  it('is held while it cannot be known whose token it shows', async () => {
    let attempts = 0;
    const store = createFixedSeedStore({ vm1: { 'user-data': '#cloud-config\n' } });
    const choose: RegisteredVms['choose'] = (_token, file) => {
      attempts += 1;
      if (attempts < 3) throw new Error('disk I/O error');
      return { file, vmKey: 'vm:one', find: () => findKnownVm(store) };
    };
    const limits = { holdMs: 60_000, holdRetryMs: 5 };
    await using server = await listen(store, limits, {
      registeredVms: { choose, isPathSealed: () => false },
    });
    const response = await server.get(`/-/vm/${'t'.repeat(22)}/user-data`);
    expect([response.status, await response.text()]).toEqual([200, '#cloud-config\n']);
    expect(server.log.lines()[0]).toMatchObject({
      level: 'error',
      message: 'seed not readable, guest held',
      reason: 'disk I/O error',
    });
  });

  it.each(['vendor-data', 'network-config'])('does without in the end, where it is about %s', async file => {
    await using folder = await createTemporaryFolder();
    await folder.folder(`vm1/${file}`);
    await using server = await listen(createFolderSeedStore(folder.path), { holdMs: 20, holdRetryMs: 5 });
    const response = await server.get(`/vm1/${file}`);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(server.log.lines()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'optional seed file not readable, empty one served',
      }),
    );
  });

  it('gets its answer at once when the server stops', async () => {
    const server = await listen(createBrokenSeedStore(), { holdMs: 600_000, holdRetryMs: 600_000 });
    const answer = server.get('/vm1/meta-data');
    await expect.poll(() => server.log.text()).toContain('guest held');
    await server.close();
    expect((await answer).status).toBe(503);
  });

  it('is no longer waited for when it went away', async () => {
    let attempts = 0;
    const broken = createBrokenSeedStore();
    const store = {
      ...broken,
      findSeed: (path: string) => {
        attempts += 1;
        return broken.findSeed(path);
      },
    };
    await using server = await listen(store, { holdMs: 600_000, holdRetryMs: 600_000 });
    const gone = new AbortController();
    const answer = server.get('/vm1/meta-data', { signal: gone.signal });
    await expect.poll(() => attempts).toBe(1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => attempts).toBe(2);
  });
});
