import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareSeeds, writeSshConfig } from './demo/seeds.ts';
import { createDriverLab, type DriverLab, EXECUTABLE } from './driver-lab.ts';
import type { TaskSnapshot } from './nomad/task.ts';
import { labImage } from './settings.ts';

const JOBS = join(import.meta.dirname, '../../jobs');
const BOOT_MS = 300_000;

let lab: DriverLab;
let image: string;
let sshConfig: string;
let variables: Readonly<Record<string, string>>;

beforeAll(async () => {
  image = await labImage('debian-12', process.env);
  lab = await createDriverLab({ seedServer: 'none' });
  const seeds = await prepareSeeds(join(import.meta.dirname, '../../seeds'), lab.lab.folder);
  sshConfig = await writeSshConfig(lab.lab.folder, seeds.privateKey);
  await lab.nomad.run(join(JOBS, 'cloudinit-server.hcl'), {
    nomad_vm: EXECUTABLE,
    seeds: seeds.folder,
    state: lab.seedState,
    listen: `${lab.lab.gateway}:8000`,
    drivers: `${lab.lab.gateway}:8002`,
  });
  await lab.nomad.waitForTask('cloudinit-server', ({ state }) => state === 'running', { timeoutMs: 60_000 });
  variables = { cloudinit_server: lab.seedServer, bridge: lab.lab.bridge };
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** The address that the user finds by `nomad alloc logs … | grep -E "ens3.*global"`. */
async function addressOf(task: TaskSnapshot): Promise<string> {
  const line = (await lab.nomad.logs(task.allocId, 'stdout'))
    .split('\n')
    .find(text => /ens3.*global/.test(text));
  const address = /\|\s*True\s*\|\s*([\d.]+)\s*\|/.exec(line ?? '')?.[1];
  if (address === undefined) throw new Error('the console shows no address of ens3');
  return address;
}

async function inGuest(address: string, ...command: readonly string[]): Promise<string> {
  return (await lab.lab.exec(['ssh', '-F', sshConfig, address, ...command])).stdout;
}

async function bootDebian(job: string): Promise<TaskSnapshot> {
  return lab.waitForConsole(job, /Cloud-init v\. \S+ finished at .* Datasource DataSourceNoCloud/, BOOT_MS);
}

describe('a Debian VM on the LAN from one job file', () => {
  it('comes up with its MAC, its address and its seed, and shuts down when its job is stopped', {
    timeout: BOOT_MS * 2,
  }, async () => {
    await lab.nomad.run(join(JOBS, 'distro-vm.hcl'), { ...variables, image });
    const task = await bootDebian('distro-vm');
    const address = await addressOf(task);
    const lease = (await lab.lab.leases()).find(candidate => candidate.address === address);
    expect(lease?.mac).toBe('52:54:00:ba:49:01');
    expect(await inGuest(address, 'hostname')).toBe('distro-vm');
    expect(await inGuest(address, 'nproc')).toBe('2');

    await lab.nomad.stopJob('distro-vm');
    const ended = await lab.nomad.waitForTask('distro-vm', ({ state }) => state === 'dead', {
      timeoutMs: 120_000,
    });
    expect(ended).toMatchObject({ failed: false, exitCode: 0 });
    expect(await lab.nomad.logs(task.allocId, 'stdout')).toContain('reboot: Power down');
    const events = (await lab.nomad.events(task.allocId)).map(event => event.message).join('\n');
    expect(events).toMatch(/stopped by the guest agent after/);
  });

  it('runs the job file of the built-in driver unmodified, with the plugin installed as "qemu"', {
    timeout: BOOT_MS * 2,
  }, async () => {
    // This driver writes to the image itself, as the built-in one does: the VM needs a copy of its own.
    const copy = join(lab.imagesFolder, 'distro-vm-args.qcow2');
    await copyFile(image, copy);
    await lab.nomad.run(join(JOBS, 'distro-vm-args.hcl'), { ...variables, image: copy, accelerator: 'tcg' });
    const task = await bootDebian('distro-vm-args');
    const address = await addressOf(task);
    const lease = (await lab.lab.leases()).find(candidate => candidate.address === address);
    expect(lease?.mac).toBe('52:54:00:ba:49:02');
    expect(await inGuest(address, 'nproc')).toBe('1');

    await lab.nomad.stopJob('distro-vm-args');
    const ended = await lab.nomad.waitForTask('distro-vm-args', ({ state }) => state === 'dead', {
      timeoutMs: 120_000,
    });
    expect(ended).toMatchObject({ failed: false, exitCode: 0 });
    expect(await lab.nomad.logs(task.allocId, 'stdout')).toContain('reboot: Power down');
  });
});
