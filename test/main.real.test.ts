import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../main.ts');

describe('the command line', () => {
  it('goes on serving when nobody reads its log any more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seeds-main-'));
    const server = spawn(process.execPath, [MAIN, 'serve', '--seeds', folder, '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let log = '';
      let address: string | undefined;
      while (address === undefined) {
        const [chunk] = await once(server.stdout, 'data');
        log += String(chunk);
        address = /"message":"listening","address":"([^"]+)"/.exec(log)?.[1];
      }
      server.stdout.destroy();
      // Each is a line of the log that nobody takes.
      for (let count = 0; count < 5; count += 1) {
        expect((await fetch(`http://${address}/none/user-data`)).status).toBe(404);
      }
      server.kill('SIGTERM');
      expect(await once(server, 'exit')).toEqual([0, null]);
    } finally {
      server.kill('SIGKILL');
      await rm(folder, { recursive: true });
    }
  });
});
