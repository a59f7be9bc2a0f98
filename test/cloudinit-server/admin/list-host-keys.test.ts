import { rename, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
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
