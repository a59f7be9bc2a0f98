import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startSeedServer } from '../../../cloudinit-server/start-seed-server.ts';
import { readRecordedBoot } from '../boot/recorded-boot.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../fakes/temporary-folder.ts';

async function start(folder: TemporaryFolder) {
  const stop = new AbortController();
  const log = createRecordingLog();
  const listen = { host: '127.0.0.1', port: 0 };
  const memory = { stateDir: `${folder.path}/state`, observing: { reseed: 'once' as const }, admin: listen };
  const server = await startSeedServer({
    seedsDir: `${folder.path}/seeds`,
    listen,
    log,
    signal: stop.signal,
    memory,
  });
  return {
    guests: `http://127.0.0.1:${server.address.port}`,
    report: async (seed: string): Promise<unknown> => {
      const token = (await readFile(`${folder.path}/state/admin-token`, 'utf8')).trim();
      const url = `http://127.0.0.1:${server.adminAddress?.port}/vms/${seed}`;
      return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json();
    },
    stop: async () => {
      stop.abort();
      await server.closed;
    },
  };
}

describe('a server that starts again', () => {
  it('goes on with the boot that it has left, and knows the guest by its token', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/vm1/user-data', '#cloud-config\n');
    const recorded = readRecordedBoot('trixie-25.1.4');
    let events = '';
    for (const [from, to] of [
      [0, 3],
      [3, 20],
      [20, recorded.length],
    ]) {
      const server = await start(folder);
      for (const { method, path, body = '', userAgent = '' } of recorded.slice(from, to)) {
        if (method === 'GET') {
          const answer = await fetch(`${server.guests}/vm1/${path}`, {
            headers: { 'user-agent': userAgent },
          });
          events = /\/-\/events\/[\w-]+/.exec(await answer.text())?.[0] ?? events;
        } else {
          const target = path === 'events' ? events : events.replace('events', 'phone-home');
          const answer = await fetch(`${server.guests}${target}`, {
            method: 'POST',
            body: Buffer.from(body),
          });
          expect(answer.status).toBe(204);
        }
      }
      await server.stop();
    }
    const server = await start(folder);
    expect(await server.report('vm1')).toMatchObject({
      state: 'ready',
      findings: [],
      host_keys: { length: 3 },
      boots: [{ files: { length: 4 }, phoned_home: true }],
    });
    await server.stop();
  });

  it('does not share its state with a second server', async () => {
    await using folder = await createTemporaryFolder();
    await folder.folder('seeds');
    const server = await start(folder);
    await expect(start(folder)).rejects.toThrow(
      'another server uses it; give each server a folder of its own',
    );
    await server.stop();
  });
});
