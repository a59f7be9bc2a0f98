import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BootReport, VmReport } from '../../cloudinit-server/admin/vm-report.ts';
import type { TaskSnapshot } from './nomad/task.ts';
import { BOOT_MS, type WatchedGuest } from './watched-guest.ts';

/** What is particular to a release of Debian. */
export interface Release {
  /** Of its cloud-init. */
  readonly version: RegExp;
  /** What a boot asks for, in this order. */
  readonly files: readonly string[];
}

/** Who a guest was after its first boot. */
export interface FirstBoot {
  readonly report: VmReport;
  readonly hostKey: string;
  readonly instanceId: string;
}

const STAGES = ['meta-data', 'user-data', 'vendor-data', 'activated', 'network-done', 'config-done', 'ready'];

/** Checks that a guest has asked for every file once and was followed to its end, and that its host keys are known. */
export async function expectFirstBoot(guest: WatchedGuest, release: Release): Promise<FirstBoot> {
  const { nomadVm, privateKey, vm } = guest;
  console.log(await nomadVm('list', vm));
  const report = await guest.report();
  expect(report).toMatchObject({ state: 'ready', findings: [] });
  expect(report.boots).toHaveLength(1);
  expectCleanBoot(report.boots[0], release, guest);
  expect(report.address).toBe(await guest.address());

  await guest.trustHostKeys();
  const hostKey = await readHostKey(guest);
  // The same by one command, which finds address and keys itself.
  const login = [vm, '-l', 'debian', '-i', privateKey];
  expect(await nomadVm('ssh', ...login, '--', 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')).toBe(hostKey);
  const known = `${report.address},distro-vm ${hostKey.split(' ').slice(0, 2).join(' ')}\n`;
  expect(await nomadVm('known-hosts')).toContain(known);
  return { report, hostKey, instanceId: await readInstanceId(guest) };
}

/** Reboots a guest while the seed server is away, and checks that it stays who it is. */
export async function expectSameWithoutServer(guest: WatchedGuest, first: FirstBoot): Promise<void> {
  const users = await readUsers(guest);
  const knownHosts = await guest.nomadVm('known-hosts');
  await guest.endServer();
  const seconds = await guest.reboot('sudo', 'systemctl', 'reboot', '--force');
  console.log(`${guest.vm} is back with the same host keys after ${seconds} s`);
  // sshd starts after cloud-init has decided who the guest is.
  const datasource = await guest.run('cat', '/var/lib/cloud/instance/datasource');
  expect(datasource).toContain('DataSourceNoCloudNet');
  expect(await readInstanceId(guest)).toBe(first.instanceId);
  expect(await readHostKey(guest)).toBe(first.hostKey);
  expect(await readUsers(guest)).toBe(users);

  // What is left of it would tell the server of a boot. It fails where a report was not taken.
  await guest.run('cloud-init status --wait >/dev/null || true');
  await guest.startServer();
  // What was seen is still there, and nothing was asked for meanwhile.
  expect(await guest.report()).toMatchObject({
    host_keys: first.report.host_keys,
    boots: [{ began_at: first.report.boots[0]?.began_at }],
  });
  expect(await guest.nomadVm('known-hosts')).toBe(knownHosts);
}

/** Edits a guest's seed, so that a new instance leaves `/root/edited`. */
export async function editSeed(guest: WatchedGuest): Promise<void> {
  const userData = join(guest.lab.seedsFolder, 'distro-vm/user-data');
  await appendFile(userData, 'runcmd:\n  - echo edited > /root/edited\n');
}

/** Has a guest forget its seed, and checks that it sets itself up anew with the edited one, as another instance. */
export async function expectSetUpAnew(
  guest: WatchedGuest,
  release: Release,
  first: FirstBoot,
  clean: () => Promise<unknown>,
): Promise<void> {
  const since = new Date().toISOString();
  // The reboot may end the session before the command has ended.
  await clean().catch(() => undefined);
  await guest.nomadVm('wait', guest.vm, '--since', since, '--timeout', String(BOOT_MS / 1000));

  const { boots } = await guest.report();
  expect(boots).toHaveLength(2);
  expectCleanBoot(boots[0], release, guest);
  // Its driver tells the keys on the console, which are compared with these.
  const findings = async () => (await guest.report()).findings.map(({ code }) => code);
  await expect.poll(findings, { timeout: 20_000 }).not.toContain('host-keys-differ');
  await guest.trustHostKeys();
  expect(await guest.run('sudo', 'cat', '/root/edited')).toBe('edited');
  expect(await readInstanceId(guest)).toBe(`${first.instanceId}-2`);
  expect(await readHostKey(guest)).not.toBe(first.hostKey);
}

/** Stops a guest's job, and checks that it has shut down cleanly. Returns its task, and the events of it as text. */
export async function expectCleanStop(
  { lab }: WatchedGuest,
  job: string,
): Promise<TaskSnapshot & { readonly eventText: string }> {
  await lab.nomad.stopJob(job);
  const task = await lab.nomad.waitForTask(job, ({ state }) => state === 'dead', { timeoutMs: 120_000 });
  expect(task).toMatchObject({ failed: false, exitCode: 0 });
  expect(await lab.nomad.logs(task.allocId, 'stdout')).toContain('reboot: Power down');
  const events = await lab.nomad.events(task.allocId);
  return { ...task, eventText: events.map(({ message }) => message).join('\n') };
}

/** The address that users find by `nomad alloc logs … | grep -E "ens3.*global"`. */
export async function findConsoleAddress({ lab }: WatchedGuest, job: string): Promise<string | undefined> {
  const [task] = await lab.nomad.tasks(job);
  const lines = (await lab.nomad.logs(task?.allocId ?? '', 'stdout')).split('\n');
  const line = lines.find(text => /ens3.*global/.test(text));
  return /\|\s*True\s*\|\s*([\d.]+)\s*\|/.exec(line ?? '')?.[1];
}

function expectCleanBoot(
  boot: BootReport | undefined,
  { files, version }: Release,
  { macAddress }: WatchedGuest,
): void {
  const reached = boot?.reached_s ?? {};
  const fetched = boot?.files.map(({ file, count, status, mac_address }) => [
    file,
    count,
    status,
    mac_address,
  ]);
  expect(fetched).toEqual(files.map(file => [file, 1, 200, macAddress]));
  expect(boot).toMatchObject({ cloud_init: expect.stringMatching(version), phoned_home: true });
  expect(Object.keys(reached)).toEqual(STAGES);
  const times = Object.values(reached);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // A file that is not to be had costs ten.
  expect(boot?.files.at(-1)?.at_s).toBeLessThan(10);
  expect(boot?.steps.find(({ name }) => name === 'init-network/config-ssh')?.took_s).toBeGreaterThan(0);
  expect(boot?.steps.filter(step => step.took_s === null)).toEqual([]);
}

function readHostKey(guest: WatchedGuest): Promise<string> {
  return guest.run('cat', '/etc/ssh/ssh_host_ed25519_key.pub');
}

function readInstanceId(guest: WatchedGuest): Promise<string> {
  return guest.run('cat', '/var/lib/cloud/data/instance-id');
}

function readUsers(guest: WatchedGuest): Promise<string> {
  return guest.run('getent', 'passwd');
}
