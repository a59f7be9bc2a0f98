import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXECUTABLE } from './driver-lab.ts';
import {
  editSeed,
  expectCleanStop,
  expectFirstBoot,
  expectSameWithoutServer,
  expectSetUpAnew,
  type FirstBoot,
  findConsoleAddress,
  type Release,
} from './follow-guest.ts';
import { labImage } from './settings.ts';
import { BOOT_MS, createWatchedGuest, JOBS, type WatchedGuest } from './watched-guest.ts';

const RELEASE: Release = {
  version: /^25\.1/,
  files: ['network-config', 'meta-data', 'user-data', 'vendor-data'],
};
const JOB = 'distro-vm-args';
const SERVER = 'cloudinit-server';

let guest: WatchedGuest;
let first: FirstBoot;

beforeAll(async () => {
  guest = await createWatchedGuest({
    job: JOB,
    vm: 'distro-vm',
    macAddress: '52:54:00:ba:49:02',
    serve: async ({ lab, nomad, seedsFolder, seedState }) => {
      await nomad.run(join(JOBS, `${SERVER}.hcl`), {
        nomad_vm: EXECUTABLE,
        seeds: seedsFolder,
        state: seedState,
        listen: `${lab.gateway}:8000`,
        drivers: `${lab.gateway}:8002`,
      });
      return async () => {
        await nomad.stopJob(SERVER);
        await nomad.waitForTask(SERVER, ({ state }) => state === 'dead', { timeoutMs: 60_000 });
      };
    },
  });
  // This driver writes to the image itself, as the built-in one does: the VM needs a copy of its own.
  const image = join(guest.lab.imagesFolder, 'distro-vm-args.qcow2');
  await copyFile(await labImage('debian-13', process.env), image);
  await guest.start({ image, accelerator: 'tcg' });
}, BOOT_MS);

afterAll(async () => {
  await guest[Symbol.asyncDispose]();
});

describe('a Debian 13 VM of a job for the built-in driver, by the path of its seed', {
  timeout: BOOT_MS * 2,
}, () => {
  it('asks for every file once, is followed to its end, and known by its host keys', async () => {
    first = await expectFirstBoot(guest, RELEASE);
    expect(first.instanceId).toMatch(/^seed-[0-9a-f]{20}$/);
    expect(await findConsoleAddress(guest, JOB)).toBe(first.report.address);
    expect(await guest.run('hostname; nproc')).toBe('distro-vm\n1');
  });

  it('stays who it is when it reboots while the job of the server is stopped', async () => {
    await expectSameWithoutServer(guest, first);
  });

  it('runs its first-boot steps again for an edited seed and a bump', async () => {
    await editSeed(guest);
    const said = await guest.nomadVm('bump', guest.vm, '--yes');
    expect(said).toContain(`its instance-id is now "${first.instanceId}-2"`);
    // As the bump says: the guest remembers its seed, and has to be told to forget it.
    const clean = ['sudo', 'cloud-init', 'clean', '--reboot'];
    expect(said).toContain(`nomad-vm ssh ${guest.vm} -l USER -- ${clean.join(' ')}`);
    const login = [guest.vm, '-l', 'debian', '-i', guest.privateKey];
    await expectSetUpAnew(guest, RELEASE, first, () => guest.nomadVm('ssh', ...login, '--', ...clean));
  });

  it('shuts down at the power button when its job is stopped', async () => {
    const { eventText } = await expectCleanStop(guest, JOB);
    expect(eventText).toMatch(/stopped by the power button after/);
  });
});
