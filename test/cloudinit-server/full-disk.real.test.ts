import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { createDriversApi } from '../../cloudinit-server/client/drivers-api.ts';
import { SEED_FILES } from '../../cloudinit-server/seed-files.ts';
import { createTemporaryFolder, type TemporaryFolder } from './fakes/temporary-folder.ts';
import { IDENTITY, LIFE, REQUEST } from './registration/registering-server.ts';

const MAIN = new URL('../../main.ts', import.meta.url).pathname;
const EVENT = '{"name": "modules-final", "event_type": "finish", "result": "SUCCESS", "origin": "cloudinit"}';

/** `nomad-vm serve` as a process of its own, whose disk can be full: no file may grow then, by the kernel's word. */
async function serve(folder: TemporaryFolder) {
  const at = '127.0.0.1:0';
  const listen = ['--listen', at, '--admin', at, '--drivers', at];
  // Ignored, the signal leaves an error of the write that went too far.
  const start = 'trap "" XFSZ; exec "$@"';
  const argv = [process.execPath, MAIN, 'serve', '--seeds', 'seeds', '--state', 'state', ...listen];
  const server = execa('sh', ['-c', start, 'sh', ...argv], {
    cwd: folder.path,
    reject: false,
    buffer: false,
  });
  const addresses = new Map<unknown, string>();
  const messages: unknown[] = [];
  const listening = Promise.withResolvers<void>();
  const read = async () => {
    for await (const line of server.iterable()) {
      const { message, address } = JSON.parse(line);
      messages.push(message);
      addresses.set(message, `http://${address}`);
      // The last one to listen.
      if (message === 'listening for drivers') listening.resolve();
    }
    listening.reject(new Error('the server has ended'));
  };
  const reading = read();
  await listening.promise;
  const readToken = async (name: string) => (await readFile(`${folder.path}/state/${name}`, 'utf8')).trim();
  const authorization = `Bearer ${await readToken('admin-token')}`;
  const limit = (size: string) =>
    execa('prlimit', ['--pid', String(server.pid), `--fsize=${size}:unlimited`]);
  return {
    messages,
    guests: addresses.get('listening') ?? '',
    api: createDriversApi({
      url: addresses.get('listening for drivers') ?? '',
      token: await readToken('drivers-token'),
    }),
    admin: async (path: string) => {
      const answer = await fetch(`${addresses.get('listening for people')}${path}`, {
        headers: { authorization },
      });
      return { status: answer.status, text: await answer.text() };
    },
    fillDisk: () => limit('1'),
    makeRoom: () => limit('unlimited'),
    stop: async () => {
      server.kill('SIGTERM');
      await server;
      await reading;
    },
  };
}

async function get(url: string) {
  const answer = await fetch(url, { headers: { 'user-agent': 'Cloud-Init/25.1.4' } });
  return { status: answer.status, text: await answer.text() };
}

describe('a server whose disk is full', () => {
  it('serves guests it knows and new ones, says that it is not ready, and goes on when there is room', async () => {
    await using folder = await createTemporaryFolder();
    for (const seed of ['alice', 'known', 'new'])
      await folder.write(`seeds/${seed}/user-data`, '#cloud-config\n');
    const server = await serve(folder);
    const { seed_path } = await server.api.register(IDENTITY, REQUEST, LIFE).then(result => {
      if (result.kind !== 'registered') throw new Error(`not registered: ${result.kind}`);
      return result.registration;
    });
    const { text: vendorData } = await get(`${server.guests}/known/vendor-data`);
    const events = /\/-\/events\/[\w-]+/.exec(vendorData)?.[0] ?? '';
    const report = () => fetch(`${server.guests}${events}`, { method: 'POST', body: Buffer.from(EVENT) });
    expect((await report()).status).toBe(204);

    await server.fillDisk();
    for (const path of ['/known/', '/new/', seed_path]) {
      for (const file of SEED_FILES) {
        const { status, text } = await get(`${server.guests}${path}${file}`);
        expect([path, file, status]).toEqual([path, file, 200]);
        if (file === 'user-data') expect(text).toContain('#cloud-config');
      }
    }
    // What cannot be on record is not said to be.
    expect((await report()).status).toBe(503);
    expect(await server.api.register('default/b', REQUEST, LIFE)).toMatchObject({ kind: 'unreachable' });
    expect((await server.admin('/readyz')).status).toBe(503);
    expect((await server.admin('/vms')).status).toBe(200);
    expect(server.messages).toContain('state not written');

    await server.makeRoom();
    expect((await server.admin('/readyz')).status).toBe(200);
    expect((await report()).status).toBe(204);
    expect(await server.api.register('default/b', REQUEST, LIFE)).toMatchObject({ kind: 'registered' });
    expect((await get(`${server.guests}/new/meta-data`)).status).toBe(200);
    expect((await server.admin('/vms/new')).text).toContain('"stage":"meta-data"');
    await server.stop();
    // What was answered is there after a restart, too.
    const again = await serve(folder);
    expect((await get(`${again.guests}${seed_path}meta-data`)).status).toBe(200);
    expect(JSON.parse((await again.admin('/vms/known')).text)).toMatchObject({ state: 'ready' });
    await again.stop();
  });
});
