import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmReport } from '../../cloudinit-server/admin/vm-report.ts';
import { prepareSeeds } from './demo/seeds.ts';
import { createDriverLab, type DriverLab, EXECUTABLE } from './driver-lab.ts';
import type { LabProcess } from './lab-process.ts';
import { waitUntil } from './wait-until.ts';

/** Longer than the slowest boot of a Debian guest without KVM, with all cores busy. */
export const BOOT_MS = 600_000;

/** A lab with the VM "distro-vm" of the job templates, and a seed server that watches it. */
export interface WatchedGuest extends AsyncDisposable {
  readonly lab: DriverLab;
  /** What its user `debian` logs in with. */
  readonly privateKey: string;
  /** Starts the VM, and waits until cloud-init has ended in it. */
  start(image: string): Promise<void>;
  /** What `nomad-vm` prints on the seed server's host. */
  nomadVm(...argv: readonly string[]): Promise<string>;
  /** What the server knows of the VM. */
  report(): Promise<VmReport>;
  /** Kills the server as hard as it gets. */
  killServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Takes the host keys that the server knows now for the ones to expect. */
  trustHostKeys(): Promise<void>;
  /** Logs in with a host key that is trusted, or not at all; returns what the command prints. */
  run(...command: readonly string[]): Promise<string>;
  /** Runs a command that reboots the guest, and waits until one can log in again. Returns how many seconds it took. */
  reboot(...command: readonly string[]): Promise<number>;
}

const JOB = join(import.meta.dirname, '../../jobs/distro-vm.hcl');
const MAC = '52:54:00:ba:49:01';
const SEEDS = join(import.meta.dirname, '../../seeds');

/** Brings the lab up, without the VM. */
export async function createWatchedGuest(): Promise<WatchedGuest> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await createDriverLab({ seedServer: 'none', registers: false }));
  const { privateKey } = await prepareSeeds(SEEDS, lab.lab.folder);
  // Its instance-id is the server's affair then.
  await rm(join(lab.seedsFolder, 'distro-vm/meta-data'));
  const knownHosts = join(lab.lab.folder, 'known_hosts');

  const nomadVm: WatchedGuest['nomadVm'] = async (...argv) => {
    const token = `NOMAD_VM_ADMIN_TOKEN_FILE=${join(stateFolder(lab), 'admin-token')}`;
    return (await lab.lab.exec(['env', token, EXECUTABLE, ...argv], { timeoutMs: BOOT_MS + 10_000 })).stdout;
  };
  // Our own server's answer.
  const report = async () => JSON.parse(await nomadVm('list', 'distro-vm', '--json')) as VmReport;
  const run: WatchedGuest['run'] = async (...command) => {
    const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${knownHosts}`, 'ConnectTimeout=5'];
    const login = ['-i', privateKey, '-l', 'debian', ...options.flatMap(option => ['-o', option])];
    const lease = (await lab.lab.leases()).find(({ mac }) => mac === MAC);
    const target = ['-o', 'LogLevel=ERROR', lease?.address ?? 'no-address', ...command];
    return (await lab.lab.exec(['ssh', ...login, ...target])).stdout;
  };

  const startServer = async () => {
    const server = await spawnServer(lab);
    // It has made its token by then, too.
    const list = () => nomadVm('list').catch(() => undefined);
    await waitUntil('the seed server', list, AbortSignal.timeout(30_000));
    return server;
  };
  let server = await startServer();

  const kept = stack.move();
  return {
    lab,
    privateKey,
    nomadVm,
    report,
    run,
    start: async image => {
      const variables = { cloudinit_server: lab.seedServer, bridge: lab.lab.bridge, image };
      await lab.nomad.run(JOB, variables);
      await nomadVm('wait', 'distro-vm', '--for', 'ready', '--timeout', String(BOOT_MS / 1000));
    },
    killServer: async () => {
      await server.kill('SIGKILL');
    },
    startServer: async () => {
      server = await startServer();
    },
    trustHostKeys: async () => writeFile(knownHosts, await nomadVm('known-hosts')),
    reboot: async (...command) => {
      const readBootId = () => run('cat', '/proc/sys/kernel/random/boot_id');
      const before = await readBootId();
      const from = performance.now();
      // It ends the connection, which is an error to ssh.
      await run(...command).catch(() => undefined);
      await waitUntil(
        'the guest to be back, with the host keys that are trusted',
        async () => ((await readBootId().catch(() => before)) === before ? undefined : true),
        AbortSignal.timeout(BOOT_MS),
      );
      return Math.round((performance.now() - from) / 1000);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function stateFolder(lab: DriverLab): string {
  return join(lab.lab.folder, 'seed-state');
}

function spawnServer(lab: DriverLab): Promise<LabProcess> {
  const folders = ['--seeds', lab.seedsFolder, '--state', stateFolder(lab)];
  const addresses = ['--listen', `${lab.lab.gateway}:8000`, '--admin', '127.0.0.1:8001'];
  return lab.lab.spawn('seeds', [EXECUTABLE, 'serve', ...folders, ...addresses]);
}
