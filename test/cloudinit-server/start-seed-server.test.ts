import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseListenAddress } from '../../cloudinit-server/listen-address.ts';
import { startSeedServer } from '../../cloudinit-server/start-seed-server.ts';
import { createRecordingLog } from './fakes/recording-log.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

const listen = { host: '127.0.0.1', port: 0 };

describe('startSeedServer()', () => {
  it('serves until its signal, then finishes and lets the port go', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('vm1/user-data', '#cloud-config\n');
    const log = createRecordingLog();
    const stop = new AbortController();
    const server = await startSeedServer({ seedsDir: folder.path, listen, log, signal: stop.signal });
    const url = `http://127.0.0.1:${server.address.port}/vm1/user-data`;
    expect(await (await fetch(url)).text()).toBe('#cloud-config\n');
    stop.abort();
    await server.closed;
    await expect(fetch(url)).rejects.toThrow();
    expect(log.lines().at(-1)).toMatchObject({ message: 'stopped' });
  });

  it.each([false, true])('renders as it is told to, with a state folder: %s', async hasState => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/vm1/user-data', '#cloud-config\n');
    const stop = new AbortController();
    const server = await startSeedServer({
      seedsDir: `${folder.path}/seeds`,
      listen,
      log: createRecordingLog(),
      signal: stop.signal,
      rendering: { instanceIdPolicy: 'content', guestAgent: true },
      memory: hasState ? { stateDir: `${folder.path}/state`, observing: { reseed: 'once' } } : undefined,
    });
    const get = async (file: string) =>
      (await fetch(`http://127.0.0.1:${server.address.port}/vm1/${file}`)).text();
    expect(await get('meta-data')).toMatch(/^instance-id: "seed-[0-9a-f]{20}-[0-9a-f]{12}"\n/);
    const vendorData = await get('vendor-data');
    expect(vendorData).toMatch(/^#cloud-config-archive\n.*apt-get/s);
    expect(vendorData.includes('manual_cache_clean: true')).toBe(hasState);
    stop.abort();
    await server.closed;
  });

  it('answers whoever is held before it ends', async () => {
    await using folder = await createTemporaryFolder();
    await folder.folder('vm1/meta-data');
    const log = createRecordingLog();
    const stop = new AbortController();
    const server = await startSeedServer({ seedsDir: folder.path, listen, log, signal: stop.signal });
    const answer = fetch(`http://127.0.0.1:${server.address.port}/vm1/meta-data`);
    await expect.poll(() => log.text(), { timeout: 10_000 }).toContain('guest held');
    stop.abort();
    expect((await answer).status).toBe(503);
    await server.closed;
  });

  it('does not wait long for a client that never finishes its request', async () => {
    await using folder = await createTemporaryFolder();
    await folder.folder('vm1');
    const log = createRecordingLog();
    const stop = new AbortController();
    const limits = { closeTimeoutMs: 20 };
    const server = await startSeedServer({
      seedsDir: folder.path,
      listen,
      log,
      signal: stop.signal,
      limits,
    });
    const socket = connect(server.address.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    // When the first request is answered, the server has the half of the second one too.
    socket.write('GET /vm1/user-data HTTP/1.1\r\nhost: x\r\n\r\nGET /vm1/user-');
    await expect.poll(() => log.text(), { timeout: 10_000 }).toContain('seed file served');
    stop.abort();
    await server.closed;
    socket.destroy();
  });

  it('listens on IPv6 too, and logs addresses as people write them', async () => {
    await using folder = await createTemporaryFolder();
    await folder.folder('vm1');
    const log = createRecordingLog();
    const stop = new AbortController();
    const address = parseListenAddress('[::]:0');
    const server = await startSeedServer({
      seedsDir: folder.path,
      listen: address,
      log,
      signal: stop.signal,
    });
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${server.address.port}/vm1/meta-data`)).status).toBe(200);
    }
    const served = log.lines().filter(line => line['message'] === 'seed file served');
    expect(served.map(line => line['address'])).toEqual(['127.0.0.1', '::1']);
    stop.abort();
    await server.closed;
  });

  it('warns about what guests would ignore, naming the file, and serves it all the same', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('good/user-data', '#cloud-config\n');
    await folder.write('good/meta-data', 'instance-id: good\n');
    await folder.write('lab/bad/user-data', 'password: hunter2\n');
    await folder.write('typo/meta-data', 'instance_id: typo\n');
    await folder.write('broken/user-data', Buffer.alloc(2 * 1024 * 1024));
    const log = createRecordingLog();
    const stop = new AbortController();
    const server = await startSeedServer({ seedsDir: folder.path, listen, log, signal: stop.signal });
    await expect.poll(() => log.text(), { timeout: 10_000 }).toContain('seeds checked');
    expect(log.lines().filter(line => line['level'] !== 'info')).toHaveLength(3);
    expect(log.lines()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          level: 'warn',
          file: 'lab/bad/user-data',
          line: 1,
          rule: 'user-data-header',
        }),
        expect.objectContaining({ level: 'warn', file: 'typo/meta-data', line: 1, rule: 'instance-id' }),
        expect.objectContaining({ level: 'error', code: 'seed-file-too-large' }),
        expect.objectContaining({ message: 'seeds checked', seeds: 5, warnings: 3 }),
      ]),
    );
    expect(log.text()).not.toContain('hunter2');
    const response = await fetch(`http://127.0.0.1:${server.address.port}/lab/bad/user-data`);
    expect(await response.text()).toBe('password: hunter2\n');
    stop.abort();
    await server.closed;
  });

  it('starts while the folder is away, with what it remembers of it', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/vm1/user-data', '#cloud-config\n');
    const seedsDir = `${folder.path}/seeds`;
    const log = createRecordingLog();
    const serve = async () => {
      const stop = new AbortController();
      const memory = { stateDir: `${folder.path}/state` };
      const server = await startSeedServer({ seedsDir, listen, log, signal: stop.signal, memory });
      const get = (path: string) => fetch(`http://127.0.0.1:${server.address.port}${path}`);
      const userData = await (await get('/vm1/user-data')).text();
      const { status: ready } = await get('/readyz');
      stop.abort();
      await server.closed;
      return { userData, ready };
    };
    expect(await serve()).toEqual({ userData: '#cloud-config\n', ready: 200 });
    await rename(seedsDir, `${folder.path}/away`);
    expect(await serve()).toEqual({ userData: '#cloud-config\n', ready: 503 });
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ message: 'seeds not readable, last good versions served', level: 'error' }),
    );
  });

  it('refuses a folder that is not there when nothing is remembered of it', async () => {
    await using folder = await createTemporaryFolder();
    const { signal } = new AbortController();
    const memory = { stateDir: `${folder.path}/state` };
    const seedsDir = '/does/not/exist';
    const start = () => startSeedServer({ seedsDir, listen, log: createRecordingLog(), signal, memory });
    await expect(start()).rejects.toThrow('there is no such folder');
    // Another time it knows no more.
    await expect(start()).rejects.toThrow('there is no such folder');
  });

  it('refuses a folder that is not there, before it listens', async () => {
    const { signal } = new AbortController();
    const start = startSeedServer({ seedsDir: '/does/not/exist', listen, log: createRecordingLog(), signal });
    await expect(start).rejects.toThrow('Cannot read seeds from "/does/not/exist": there is no such folder');
  });

  it('says why it cannot listen, and what to do', async () => {
    await using folder = await createTemporaryFolder();
    const { signal } = new AbortController();
    const start = (address: typeof listen) =>
      startSeedServer({ seedsDir: folder.path, listen: address, log: createRecordingLog(), signal });
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const bound = taken.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await expect(start({ host: '127.0.0.1', port })).rejects.toThrow(
      `Cannot listen on "127.0.0.1:${port}": EADDRINUSE; another process listens there`,
    );
    taken.close();
    await expect(start({ host: '203.0.113.7', port: 0 })).rejects.toThrow(
      'EADDRNOTAVAIL; no interface of this host',
    );
  });

  it('does not begin when it is already told to stop', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    const start = startSeedServer({ seedsDir: '/does/not/exist', listen, log: createRecordingLog(), signal });
    await expect(start).rejects.toThrow('stop');
  });
});
