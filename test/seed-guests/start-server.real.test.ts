import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { createTemporaryFolder } from '../cloudinit-server/fakes/temporary-folder.ts';
import { waitUntil } from '../lab/wait-until.ts';

it('a server ends with the process that has started it, however that one ends', async () => {
  await using folder = await createTemporaryFolder();
  const program = `
    import { startServer } from ${JSON.stringify(join(import.meta.dirname, 'start-server.ts'))};
    const argv = ['sh', '-c', 'echo up; exec sleep 600'];
    const find = output => (output.includes('up') ? 1 : undefined);
    const server = await startServer(argv, ${JSON.stringify(join(folder.path, 'log'))}, find, new AbortController().signal);
    console.log(server.pid);
    process.kill(process.pid, 'SIGKILL');
  `;
  const file = await folder.write('start.mjs', program);
  const { stdout, signal } = await execa(process.execPath, [file], { reject: false });
  expect(signal).toBe('SIGKILL');
  const pid = Number(stdout);
  expect(pid).toBeGreaterThan(1);
  await waitUntil(
    'the server to end',
    async () => !existsSync(`/proc/${pid}`) || undefined,
    AbortSignal.timeout(10_000),
  );
});
