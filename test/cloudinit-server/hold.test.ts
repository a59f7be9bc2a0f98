import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SeedError } from '../../cloudinit-server/errors.ts';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import { holdUntilReadable } from '../../cloudinit-server/hold.ts';
import { listen } from './fakes/listening-server.ts';
import { createBrokenSeedStore } from './fakes/seed-stores.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

const unreadable = new SeedError('seed-file-unreadable', 'Cannot read');

describe('holdUntilReadable()', () => {
  it('tries until it works, and tells of the first failure only', async () => {
    const failures: SeedError[] = [];
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      if (attempts < 4) throw unreadable;
      return attempts;
    };
    const options = {
      holdMs: 60_000,
      retryMs: 1,
      signals: () => [],
      onHold: (e: SeedError) => failures.push(e),
    };
    expect(await holdUntilReadable(attempt, options)).toBe(4);
    expect(failures).toEqual([unreadable]);
  });

  it('does not wait for what is not about reading', async () => {
    const options = { holdMs: 60_000, retryMs: 60_000, signals: () => [], onHold: () => undefined };
    const unknown = new SeedError('seed-unknown', 'Cannot serve');
    await expect(holdUntilReadable(() => Promise.reject(unknown), options)).rejects.toBe(unknown);
    const bug = new TypeError('bug');
    await expect(holdUntilReadable(() => Promise.reject(bug), options)).rejects.toBe(bug);
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
    'is told to come again in the end, where it is about %s',
    async file => {
      await using folder = await createTemporaryFolder();
      await folder.folder(`vm1/${file}`);
      await using server = await listen(createFolderSeedStore(folder.path), { holdMs: 20, holdRetryMs: 5 });
      const response = await server.get(`/vm1/${file}`);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect(server.log.text()).toContain('it is no regular file; put a file there');
    },
  );

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
