import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { createDriversApi, type DriversApi } from '../../../cloudinit-server/client/drivers-api.ts';
import type { VmEvent } from '../../../cloudinit-server/client/drivers-api-types.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../fakes/temporary-folder.ts';
import { LIFE, REQUEST } from './registering-server.ts';

const MAIN = new URL('../../../main.ts', import.meta.url).pathname;
const ROUNDS = 3;

/** `nomad-vm serve` as a process of its own. */
async function serve(folder: TemporaryFolder) {
  const at = '127.0.0.1:0';
  const options = ['--seeds', 'seeds', '--listen', at, '--state', 'state', '--drivers', at];
  const server = execa(process.execPath, [MAIN, 'serve', ...options], {
    cwd: folder.path,
    reject: false,
    buffer: false,
  });
  const addresses = new Map<unknown, string>();
  const listening = Promise.withResolvers<void>();
  const read = async () => {
    for await (const line of server.iterable()) {
      const { message, address } = JSON.parse(line);
      addresses.set(message, `http://${address}`);
      // The last one to listen.
      if (message === 'listening for drivers') listening.resolve();
    }
    listening.reject(new Error('the server has ended'));
  };
  const reading = read();
  await listening.promise;
  const token = (await readFile(`${folder.path}/state/drivers-token`, 'utf8')).trim();
  return {
    guests: addresses.get('listening') ?? '',
    api: createDriversApi({ url: addresses.get('listening for drivers') ?? '', token }),
    kill: async () => {
      server.kill('SIGKILL');
      await server;
      await reading;
    },
  };
}

async function listEvents(api: DriversApi): Promise<readonly VmEvent[]> {
  const page = await api.events({ node: REQUEST.node, after: 0, waitSeconds: 0 }, LIFE);
  return page.kind === 'events' ? page.events : [];
}

describe('a server that is killed', () => {
  it('has on record every registration, removal and event that it has answered', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/alice/user-data', '#cloud-config\n');
    const paths = new Map<string, string>();
    const removed = new Set<string>();
    let told: readonly VmEvent[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await serve(folder);
      const { api, guests } = server;
      // What was answered before is still there.
      expect(await listEvents(api)).toEqual(expect.arrayContaining([...told]));
      for (const [identity, path] of paths) {
        const userData = await (await fetch(`${guests}${path}user-data`)).text();
        expect(userData, identity).toBe(removed.has(identity) ? '' : '#cloud-config\n');
      }
      const working = Array.from({ length: 4 }, async (_, worker) => {
        for (let index = 0; ; index += 1) {
          const identity = `default/vm-${round}-${worker}-${index}`;
          const result = await api.register(identity, REQUEST, LIFE);
          if (result.kind !== 'registered') return;
          const { seed_path } = result.registration;
          paths.set(identity, seed_path);
          const headers = { 'user-agent': 'Cloud-Init/25.1.4' };
          const answer = await fetch(`${guests}${seed_path}meta-data`, { headers }).catch(() => undefined);
          if (answer === undefined) return;
          told = [...told, ...(await listEvents(api)).filter(event => event.identity === identity)];
          if (index % 2 === 0) continue;
          const removal = await api.deregister(identity, REQUEST.alloc_id, LIFE);
          // Without an answer it may be gone or not.
          if (removal.kind === 'deregistered') removed.add(identity);
          else paths.delete(identity);
        }
      });
      await expect.poll(() => paths.size, { timeout: 100_000 }).toBeGreaterThan(20 * (round + 1));
      await server.kill();
      await Promise.all(working);
    }
    expect(told.length).toBeGreaterThan(0);
  }, 400_000);
});
