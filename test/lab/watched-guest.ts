import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmReport } from '../../cloudinit-server/admin/vm-report.ts';
import { prepareSeeds } from './demo/seeds.ts';
import { createDriverLab, type DriverLab, EXECUTABLE } from './driver-lab.ts';
import { waitUntil } from './wait-until.ts';

/** Longer than the slowest boot of a Debian guest without KVM, with all cores busy. */
export const BOOT_MS = 600_000;

/** A job of the templates and its seed server. */
export interface WatchedJob {
  /** The name of the job and of its file in `jobs/`. */
  readonly job: string;
  /** What `nomad-vm` calls its VM. */
  readonly vm: string;
  readonly macAddress: string;
  /** Starts the seed server; what it returns ends it. */
  readonly serve: (lab: DriverLab) => Promise<() => Promise<unknown>>;
}

/** A lab with one VM of the job templates, the seed "distro-vm", and a seed server that watches it. */
export interface WatchedGuest extends AsyncDisposable {
  readonly lab: DriverLab;
  /** What its user `debian` logs in with. */
  readonly privateKey: string;
  /** What `nomad-vm` calls it. */
  readonly vm: string;
  readonly macAddress: string;
  /** Starts the VM with values of the job's variables, and waits until cloud-init has ended in it. */
  start(variables: Readonly<Record<string, string>>): Promise<void>;
  /** What `nomad-vm` prints on the seed server's host. */
  nomadVm(...argv: readonly string[]): Promise<string>;
  /** What the server knows of the VM. */
  report(): Promise<VmReport>;
  /** Ends the seed server in its own way. */
  endServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Takes the host keys that the server knows now for the ones to expect. */
  trustHostKeys(): Promise<void>;
  /** The address that the LAN's DHCP server has given it. @throws while there is none */
  address(): Promise<string>;
  /** Logs in with a host key that is trusted, or not at all; returns what the command prints. */
  run(...command: readonly string[]): Promise<string>;
  /** Runs a command that reboots the guest, and waits until one can log in again. Returns how many seconds it took. */
  reboot(...command: readonly string[]): Promise<number>;
}

/** The folder of the job templates. */
export const JOBS = join(import.meta.dirname, '../../jobs');
const SEEDS = join(import.meta.dirname, '../../seeds');

/** Brings the lab up, without the VM. */
export async function createWatchedGuest({ job, vm, macAddress, serve }: WatchedJob): Promise<WatchedGuest> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await createDriverLab({ seedServer: 'none' }));
  const { privateKey } = await prepareSeeds(SEEDS, lab.lab.folder);
  // Its instance-id is the server's affair then.
  await rm(join(lab.seedsFolder, 'distro-vm/meta-data'));
  const knownHosts = join(lab.lab.folder, 'known_hosts');

  const nomadVm: WatchedGuest['nomadVm'] = async (...argv) => {
    const token = `NOMAD_VM_ADMIN_TOKEN_FILE=${join(lab.seedState, 'admin-token')}`;
    return (await lab.lab.exec(['env', token, EXECUTABLE, ...argv], { timeoutMs: BOOT_MS + 10_000 })).stdout;
  };
  // Our own server's answer.
  const report = async () => JSON.parse(await nomadVm('list', vm, '--json')) as VmReport;
  const address = async () => {
    const lease = (await lab.lab.leases()).find(({ mac }) => mac === macAddress);
    if (lease === undefined) throw new Error(`Nobody with the MAC address ${macAddress} has a lease`);
    return lease.address;
  };
  const run: WatchedGuest['run'] = async (...command) => {
    const options = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${knownHosts}`, 'ConnectTimeout=5'];
    const login = ['-i', privateKey, '-l', 'debian', ...options.flatMap(option => ['-o', option])];
    const target = ['-o', 'LogLevel=ERROR', await address(), ...command];
    return (await lab.lab.exec(['ssh', ...login, ...target])).stdout;
  };

  const startServer = async () => {
    const end = await serve(lab);
    // It has made its token by then, too.
    const list = () => nomadVm('list').catch(() => undefined);
    await waitUntil('the seed server', list, AbortSignal.timeout(60_000));
    return end;
  };
  let endServer = await startServer();

  const kept = stack.move();
  return {
    lab,
    privateKey,
    vm,
    macAddress,
    nomadVm,
    report,
    address,
    run,
    start: async variables => {
      const common = { cloudinit_server: lab.seedServer, bridge: lab.lab.bridge };
      await lab.nomad.run(join(JOBS, `${job}.hcl`), { ...common, ...variables });
      await nomadVm('wait', vm, '--for', 'ready', '--timeout', String(BOOT_MS / 1000));
    },
    endServer: async () => {
      await endServer();
    },
    startServer: async () => {
      endServer = await startServer();
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
