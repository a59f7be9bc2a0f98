import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmReport } from '../../cloudinit-server/admin/vm-report.ts';
import { prepareSeeds } from './demo/seeds.ts';
import { createDriverLab, type DriverLab, EXECUTABLE } from './driver-lab.ts';
import type { LabProcess } from './lab-process.ts';
import { labImage } from './settings.ts';
import { waitUntil } from './wait-until.ts';

const JOBS = join(import.meta.dirname, '../../jobs');
const BOOT_MS = 300_000;

let lab: DriverLab;
let server: LabProcess;
let image: string;
let privateKey: string;

beforeAll(async () => {
  image = await labImage('debian-12', process.env);
  lab = await createDriverLab({ seedServer: 'none' });
  ({ privateKey } = await prepareSeeds(join(import.meta.dirname, '../../seeds'), lab.lab.folder));
  server = await startServer();
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

function startServer(): Promise<LabProcess> {
  const folders = ['--seeds', lab.seedsFolder, '--state', join(lab.lab.folder, 'seed-state')];
  const addresses = ['--listen', `${lab.lab.gateway}:8000`, '--admin', '127.0.0.1:8001'];
  return lab.lab.spawn('seeds', [EXECUTABLE, 'serve', ...folders, ...addresses]);
}

/** What `nomad-vm` prints on the seed server's host. */
async function nomadVm(...argv: readonly string[]): Promise<string> {
  const token = `NOMAD_VM_ADMIN_TOKEN_FILE=${join(lab.lab.folder, 'seed-state/admin-token')}`;
  return (await lab.lab.exec(['env', token, EXECUTABLE, ...argv], { timeoutMs: BOOT_MS })).stdout;
}

async function readReport(): Promise<VmReport> {
  // Our own server's answer.
  return JSON.parse(await nomadVm('list', 'distro-vm', '--json')) as VmReport;
}

/** Logs in by a key that is known beforehand, or not at all. */
async function inGuest(address: string, ...command: readonly string[]): Promise<string> {
  const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${join(lab.lab.folder, 'known_hosts')}`];
  const login = ['-i', privateKey, '-l', 'debian', '-o', 'ConnectTimeout=5', '-o', 'LogLevel=ERROR'];
  return (
    await lab.lab.exec(['ssh', ...login, ...options.flatMap(option => ['-o', option]), address, ...command])
  ).stdout;
}

describe('a Debian VM under observation', () => {
  it('is followed to its end, known by its host keys, and stays who it is without the server', {
    timeout: BOOT_MS * 2,
  }, async () => {
    await lab.nomad.run(join(JOBS, 'distro-vm.hcl'), {
      cloudinit_server: lab.seedServer,
      bridge: lab.lab.bridge,
      image,
    });
    expect(await nomadVm('wait', 'distro-vm', '--for', 'ready', '--timeout', '280')).toMatch(
      /^distro-vm: ready after/,
    );
    const report = await readReport();
    expect(report.boots).toHaveLength(1);
    const [boot] = report.boots;
    expect(boot?.files.map(({ file, count, status }) => [file, count, status])).toEqual([
      ['meta-data', 1, 200],
      ['user-data', 1, 200],
      ['vendor-data', 1, 200],
    ]);
    expect(boot).toMatchObject({ cloud_init: expect.stringMatching(/^22\.4/), phoned_home: true });
    const reached = Object.values(boot?.reached_s ?? {});
    expect(Object.keys(boot?.reached_s ?? {})).toEqual([
      'meta-data',
      'user-data',
      'vendor-data',
      'activated',
      'network-done',
      'config-done',
      'ready',
    ]);
    expect(reached).toEqual(reached.toSorted((a, b) => a - b));
    expect(boot?.steps.find(({ name }) => name === 'init-network/config-ssh')?.took_s).toBeGreaterThan(0);
    expect(boot?.steps.filter(step => step.took_s === null)).toEqual([]);
    console.log(await nomadVm('list', 'distro-vm'));

    const address = report.address ?? '';
    expect((await lab.lab.leases()).map(lease => lease.address)).toContain(address);
    const knownHosts = await nomadVm('known-hosts');
    await writeFile(join(lab.lab.folder, 'known_hosts'), knownHosts);
    const key = await inGuest(address, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub');
    // The same by one command, which finds address and keys itself.
    const login = ['distro-vm', '-l', 'debian', '-i', privateKey];
    expect(await nomadVm('ssh', ...login, '--', 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')).toBe(key);
    expect(knownHosts).toContain(`${address},distro-vm ${key.split(' ').slice(0, 2).join(' ')}\n`);

    const bootId = () => inGuest(address, 'cat', '/proc/sys/kernel/random/boot_id');
    const before = await bootId();
    // As hard as it gets: what it has answered is on record.
    await server.kill('SIGKILL');
    // It ends the connection, which is an error to ssh.
    await inGuest(address, 'sudo', 'systemctl', 'reboot', '--force').catch(() => undefined);
    const rebootedAt = performance.now();
    await waitUntil(
      'the guest to be back, with the keys that are known',
      async () => {
        const now = await bootId().catch(() => before);
        return now === before ? undefined : now;
      },
      AbortSignal.timeout(BOOT_MS),
    );
    console.log(
      `back with the same host keys after ${Math.round((performance.now() - rebootedAt) / 1000)} s`,
    );
    // sshd starts after cloud-init has decided who the guest is.
    expect(await inGuest(address, 'cat', '/var/lib/cloud/instance/datasource')).toContain(
      'DataSourceNoCloudNet',
    );
    expect(await inGuest(address, 'cat', '/var/lib/cloud/data/instance-id')).toBe('distro-vm-1');
    expect(await inGuest(address, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')).toBe(key);

    server = await startServer();
    await waitUntil('the server', () => readReport().catch(() => undefined), AbortSignal.timeout(10_000));
    // What was seen is still there, and nothing was asked for meanwhile.
    expect(await readReport()).toMatchObject({
      host_keys: report.host_keys,
      boots: [{ began_at: boot?.began_at }],
    });
    expect(await nomadVm('known-hosts')).toBe(knownHosts);
  });
});
