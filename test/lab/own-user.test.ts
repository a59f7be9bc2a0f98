import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXECUTABLE } from './driver-lab.ts';
import { type LabProcess, startProcess } from './lab-process.ts';
import { waitUntil } from './wait-until.ts';

/** Debian's nobody and nogroup. */
const NOBODY = 65_534;

let folder: string;
let server: LabProcess;
let guests: string;
let people: string;

async function readLog(): Promise<string> {
  return readFile(server.logFile, 'utf8').catch(() => '');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-user-'));
  await chmod(folder, 0o755);
  // Where everybody can run it, wherever the repository is.
  await copyFile(EXECUTABLE, join(folder, 'nomad-vm'));
  await mkdir(join(folder, 'seeds/alice'), { recursive: true });
  await writeFile(join(folder, 'seeds/alice/user-data'), '#cloud-config\n');
  await mkdir(join(folder, 'seeds/closed'));
  await writeFile(join(folder, 'seeds/closed/user-data'), '#cloud-config\n', { mode: 0o600 });
  // As StateDirectory= makes it.
  await mkdir(join(folder, 'state'), { mode: 0o700 });
  await chown(join(folder, 'state'), NOBODY, NOBODY);
  const bounds = ['--clear-groups', '--no-new-privs', '--bounding-set', '-all', '--inh-caps', '-all'];
  const serve = ['serve', '--seeds', join(folder, 'seeds'), '--state', join(folder, 'state')];
  const listen = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--drivers', '127.0.0.1:0'];
  server = await startProcess(
    // As the unit of docs/seed-server.md has it: User=, UMask=, no privileges.
    [
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      ...bounds,
      'sh',
      '-c',
      'umask 077 && exec "$@"',
      'sh',
      join(folder, 'nomad-vm'),
      ...serve,
      ...listen,
    ],
    join(folder, 'server.log'),
    { PATH: '/usr/bin:/bin' },
  );
  const addresses = await waitUntil(
    'the server to listen',
    async () => {
      const log = await readLog();
      const [guest, admin] = ['listening', 'listening for people'].map(
        message => new RegExp(`"message":"${message}","address":"([^"]+)"`).exec(log)?.[1],
      );
      return guest === undefined || admin === undefined ? undefined : ([guest, admin] as const);
    },
    AbortSignal.timeout(20_000),
  );
  [guests, people] = [`http://${addresses[0]}`, `http://${addresses[1]}`];
});

afterAll(async () => {
  await server.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

describe('a seed server with a user of its own', () => {
  it('serves, remembers and audits, in files that nobody else may read', async () => {
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t65534\t65534/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    const answer = await fetch(`${guests}/alice/vendor-data`, {
      headers: { 'user-agent': 'Cloud-Init/25.1' },
    });
    expect(await answer.text()).toContain('manual_cache_clean: true');
    const token = await readFile(join(folder, 'state/admin-token'), 'utf8');
    const vms = await fetch(`${people}/vms`, { headers: { authorization: `Bearer ${token.trim()}` } });
    expect(await vms.text()).toContain('alice');
    for (const name of ['state.db', 'admin-token', 'drivers-token', 'audit.jsonl']) {
      const { uid, mode } = await stat(join(folder, 'state', name));
      expect([name, uid, mode & 0o777]).toEqual([name, NOBODY, 0o600]);
    }
    expect(await readFile(join(folder, 'state/audit.jsonl'), 'utf8')).toContain('"server-started"');
  });

  it('says which permission it lacks, and serves the others', async () => {
    // Asked as a person asks, who is told at once.
    expect((await fetch(`${guests}/closed/user-data`, { method: 'HEAD' })).status).toBe(503);
    expect(await readLog()).toContain("the server's user needs read permission on it");
    expect((await fetch(`${guests}/alice/user-data`)).status).toBe(200);
  });

  it('sees what is saved', async () => {
    await writeFile(join(folder, 'seeds/alice/user-data'), '#cloud-config\nrun_cmd: [ls]\n');
    await waitUntil(
      'the finding',
      async () =>
        /"message":"seed has an error","file":"alice\/user-data","line":2/.test(await readLog())
          ? true
          : undefined,
      AbortSignal.timeout(10_000),
    );
  });

  it('ends well', async () => {
    expect(await server.kill('SIGTERM')).toMatchObject({ exitCode: 0 });
  });
});
