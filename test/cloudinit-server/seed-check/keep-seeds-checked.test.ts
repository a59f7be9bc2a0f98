import { mkdir, readFile, rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createJsonLog, type LogFields } from '../../../cloudinit-server/server-log.ts';
import { startSeedServer } from '../../../cloudinit-server/start-seed-server.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

/** A seed server, and its log to wait for. */
async function start() {
  const folder = await createTemporaryFolder();
  await folder.write('seeds/vm1/user-data', '#cloud-config\n');
  const stop = new AbortController();
  const lines: LogFields[] = [];
  const waiting: (() => void)[] = [];
  const log = createJsonLog(line => {
    // As it was written a moment ago.
    lines.push(JSON.parse(line) as LogFields);
    for (const look of waiting.splice(0)) look();
  });
  const listen = { host: '127.0.0.1', port: 0 };
  const memory = { stateDir: `${folder.path}/state`, observing: { reseed: 'once' as const }, admin: listen };
  const server = await startSeedServer({
    seedsDir: `${folder.path}/seeds`,
    listen,
    log,
    signal: stop.signal,
    memory,
  });
  const untilLogged = async (message: string, fields: LogFields = {}) => {
    const matches = (line: LogFields) =>
      line['message'] === message && Object.entries(fields).every(([name, value]) => line[name] === value);
    for (;;) {
      const found = lines.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => waiting.push(resolve));
    }
  };
  await untilLogged('seeds checked');
  return {
    folder,
    server,
    untilLogged,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await server.closed;
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('a seed that is saved', () => {
  it('is judged while the server runs, in the log and in what people are told of its VM', async () => {
    await using it = await start();
    const { port } = it.server.address;
    await fetch(`http://127.0.0.1:${port}/vm1/meta-data`, { headers: { 'user-agent': 'Cloud-Init/25.1' } });
    await it.folder.write('seeds/vm1/.user-data.swp', '#cloud-config\nhostname: x\nrun_cmd: [ls]\n');
    await rename(`${it.folder.path}/seeds/vm1/.user-data.swp`, `${it.folder.path}/seeds/vm1/user-data`);
    expect(await it.untilLogged('seed has an error')).toMatchObject({
      file: 'vm1/user-data',
      line: 3,
      rule: 'unknown-key',
      vms: 'vm1',
    });
    await it.untilLogged('seed edited', { seed: 'vm1' });
    const token = (await readFile(`${it.folder.path}/state/admin-token`, 'utf8')).trim();
    const people = `http://127.0.0.1:${it.server.adminAddress?.port}`;
    const vm = await (
      await fetch(`${people}/vms/vm1`, { headers: { authorization: `Bearer ${token}` } })
    ).json();
    expect(vm).toMatchObject({
      seed_findings: expect.arrayContaining([
        expect.objectContaining({
          file: 'vm1/user-data',
          line: 3,
          column: 1,
          severity: 'error',
          path: 'run_cmd',
        }),
      ]),
    });
    const metrics = await (await fetch(`${people}/metrics`)).text();
    expect(metrics).toContain('cloudinit_seed_findings{severity="error"} 1\n');
  });

  it('is judged in a folder that is new, and when the seeds folder was replaced', async () => {
    await using it = await start();
    const broken = '#cloud-config\nrun_cmd: [ls]\n';
    await it.folder.write('seeds/lab/vm2/user-data', broken);
    await it.untilLogged('seed has an error', { file: 'lab/vm2/user-data' });
    await mkdir(`${it.folder.path}/next/vm3`, { recursive: true });
    await it.folder.write('next/vm3/user-data', broken);
    await rename(`${it.folder.path}/seeds`, `${it.folder.path}/before`);
    await rename(`${it.folder.path}/next`, `${it.folder.path}/seeds`);
    await it.untilLogged('seed has an error', { file: 'vm3/user-data' });
    await it.untilLogged('seed gone', { seed: 'vm1' });
  });
});
