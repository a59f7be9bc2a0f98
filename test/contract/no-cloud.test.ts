import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildNoCloudSerial } from '../../cloudinit-server/client/build-nocloud-serial.ts';
import { buildRegisteredSeedUrl, buildSeedUrl } from '../../cloudinit-server/client/build-seed-url.ts';
import type { MemoryOptions } from '../../cloudinit-server/open-memory.ts';
import { buildSeedDisk } from '../../qemu/seed-disk.ts';
import { writeSparseImage } from '../../qemu/sparse-image.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../cloudinit-server/fakes/temporary-folder.ts';
import {
  type RegisteringServer,
  register,
  startRegisteringServer,
} from '../cloudinit-server/registration/registering-server.ts';
import { CLOUD_INIT_SUITES, cloudInitFolder } from '../lab/settings.ts';
import { bootGuest, type GuestBoot } from './boot-guest.ts';

/** What a guest asks for at each boot, in this order. Testing and trixie have 24.3 or later. */
const OLD = ['meta-data', 'user-data', 'vendor-data'];
const ORDER: Readonly<Record<string, readonly string[]>> = { bookworm: OLD };
const NEW = ['network-config', ...OLD];

const USER_DATA = '#cloud-config\npackages: [a]\nruncmd: [by user]\n';
const NETWORK = { version: 2, ethernets: { ens3: { dhcp4: true } } };
const FULL = {
  'meta-data': 'instance-id: one\nlocal-hostname: vm1.example.org\n',
  'user-data': USER_DATA,
  'vendor-data': '#cloud-config\nruncmd: [by vendor]\nntp: {enabled: true}\n',
  'network-config': JSON.stringify(NETWORK),
};

/** What ds-identify says where there is a seed. */
const DETECTED = { code: 0, config: 'datasource_list: [ NoCloud, None ]\n' };

let folder: TemporaryFolder;
let server: RegisteringServer;

beforeEach(async () => {
  folder = await createTemporaryFolder();
  await folder.folder('seeds');
  await folder.folder('guest');
  server = await startRegisteringServer(folder);
});

afterEach(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

async function restartServer(options: Partial<MemoryOptions>): Promise<void> {
  await server.stop();
  server = await startRegisteringServer(folder, options);
}

async function writeSeed(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  await folder.folder(`seeds/${name}`);
  for (const [file, text] of Object.entries(files)) await folder.write(`seeds/${name}/${file}`, text);
}

/** What the server was asked for since it was started: files that it served, and whatever else. */
function readRequests(): readonly unknown[] {
  const lines = server.log.lines().filter(line => 'method' in line);
  return lines.map(({ message, file, path }) =>
    message === 'seed file served' ? file : `${message} ${path}`,
  );
}

describe.each(CLOUD_INIT_SUITES)('cloud-init of %s', suite => {
  const order = ORDER[suite] ?? NEW;
  const boot = async (serial: string, disk?: string): Promise<GuestBoot> =>
    bootGuest({
      root: await cloudInitFolder(suite, process.env),
      stateFolder: `${folder.path}/guest`,
      serial,
      ...(disk !== undefined && { disk }),
    });
  const bootFrom = (seed: string) => boot(buildNoCloudSerial(buildSeedUrl(server.url, seed)));

  /** What is true of every boot of a guest whose seed is at a URL. */
  function expectSmooth({ identified, sleeps, warnings }: GuestBoot): void {
    expect(identified).toEqual(DETECTED);
    expect(readRequests()).toEqual(order);
    expect(sleeps).toEqual([]);
    expect(warnings).toEqual([]);
  }

  it('takes all four files of a seed, with user-data over vendor-data', async () => {
    await writeSeed('lab/vm1', FULL);
    const booted = await bootFrom('lab/vm1');
    expectSmooth(booted);
    expect(booted.outcome).toMatchObject({
      datasource: expect.stringContaining('DataSourceNoCloudNet'),
      instance_id: 'one',
      is_new: true,
      hostname: 'vm1',
      user_data: USER_DATA,
      network_config: order === NEW ? NETWORK : null,
      config: {
        packages: ['a'],
        runcmd: ['by user'],
        ntp: { enabled: true },
        // The server's own, under the author's.
        manual_cache_clean: true,
        reporting: expect.anything(),
        phone_home: expect.anything(),
      },
    });
  });

  it('is somebody with nothing but user-data', async () => {
    await writeSeed('alice', { 'user-data': USER_DATA });
    const booted = await bootFrom('alice');
    expectSmooth(booted);
    expect(booted.outcome).toMatchObject({
      instance_id: expect.stringMatching(/./),
      hostname: 'alice',
      user_data: USER_DATA,
      network_config: null,
      config: { runcmd: ['by user'], manual_cache_clean: true },
    });
    expect(booted.outcome?.instance_id).not.toBe('nocloud');
  });

  it('is somebody with an empty folder', async () => {
    await writeSeed('empty', {});
    const booted = await bootFrom('empty');
    expectSmooth(booted);
    expect(booted.outcome).toMatchObject({ hostname: 'empty', user_data: '' });
    expect(booted.outcome?.instance_id).not.toBe('nocloud');
  });

  it('fills in a template from the meta-data of all layers, where our variables are in place before', async () => {
    await writeSeed('_default', { 'meta-data': 'region: all\nracks: [r1, r2]\n' });
    await writeSeed('lab/_default', { 'meta-data': 'region: lab\n' });
    const command = '{{ v1.local_hostname }} of @{vm.seed} in {{ ds.meta_data.region }}';
    await writeSeed('lab/vm1', {
      'user-data': `## template: jinja\n#cloud-config\nruncmd:\n  - "${command}"\n{% for rack in ds.meta_data.racks %}  - {{ rack }}\n{% endfor %}`,
    });
    const booted = await bootFrom('lab/vm1');
    expectSmooth(booted);
    expect(booted.outcome?.config).toMatchObject({
      runcmd: ['vm1 of lab/vm1 in lab', 'r1', 'r2'],
      manual_cache_clean: true,
    });
  });

  it('takes what a driver has registered, by its unguessable URL', async () => {
    await writeSeed('alice', FULL);
    const registration = await register(server, { guest_url: server.url });
    const booted = await boot(buildNoCloudSerial(buildRegisteredSeedUrl(server.url, registration.seed_path)));
    expectSmooth(booted);
    expect(booted.outcome).toMatchObject({
      instance_id: registration.instance_id,
      user_data: USER_DATA,
      config: { runcmd: ['by user'], ntp: { enabled: true }, manual_cache_clean: true },
    });
  });

  it('takes the root of a server that is named with its last slash', async () => {
    await writeSeed('.', FULL);
    const booted = await boot(buildNoCloudSerial(buildSeedUrl(`${server.url}/`, '.')));
    expectSmooth(booted);
    expect(booted.outcome?.instance_id).toBe('one');
  });

  if (order === OLD) {
    it('fetches a seed and drops it where the serial number lacks "dsmode=net"', async () => {
      await writeSeed('alice', FULL);
      const { outcome } = await boot(`ds=nocloud;s=${server.url}/alice/`);
      expect(readRequests()).toEqual(order);
      expect(outcome).toBeNull();
    });
  } else {
    it('does without "dsmode=net" and without the last slash', async () => {
      await writeSeed('alice', FULL);
      const booted = await boot(`ds=nocloud;s=${server.url}/alice`);
      expectSmooth(booted);
      expect(booted.outcome?.instance_id).toBe('one');
    });
  }

  it('stays who it is without the server, which it asks for nothing', async () => {
    await writeSeed('alice', FULL);
    const serial = buildNoCloudSerial(buildSeedUrl(server.url, 'alice'));
    await boot(serial);
    await server.stop();
    const again = await boot(serial);
    expect(again.outcome).toMatchObject({ instance_id: 'one', is_new: false, user_data: USER_DATA });
    // It is told to go by what it remembers.
    expect(again.identified).toEqual({ code: 0, config: expect.stringContaining('manual_cache_clean') });
    expect(again).toMatchObject({ sleeps: [], warnings: [] });
    expect(readRequests()).toEqual(order);
    await restartServer({});
  });

  it('asks again at each boot where it is told to, and is new when its instance-id is', async () => {
    await restartServer({ observing: { reseed: 'every-boot' } });
    await writeSeed('alice', FULL);
    const serial = buildNoCloudSerial(buildSeedUrl(server.url, 'alice'));
    expectSmooth(await boot(serial));
    await writeSeed('alice', { 'user-data': '#cloud-config\nruncmd: [edited]\n' });
    const edited = await boot(serial);
    expect(edited.outcome).toMatchObject({ is_new: false, user_data: '#cloud-config\nruncmd: [edited]\n' });
    await writeSeed('alice', { 'meta-data': 'instance-id: two\n' });
    const bumped = await boot(serial);
    expect(bumped.outcome).toMatchObject({
      instance_id: 'two',
      is_new: true,
      config: { runcmd: ['edited'] },
    });
    expect(readRequests()).toEqual([...order, ...order, ...order]);
    expect([edited.sleeps, bumped.sleeps]).toEqual([[], []]);
  });

  it('takes the same from a disk, without the server', async () => {
    await writeSeed('alice', FULL);
    const { files, instance_id } = await register(server, { guest_url: server.url, delivery: 'disk' });
    if (files === null) throw new Error('the server gave no files for a disk');
    await writeSparseImage(`${folder.path}/guest/seed.img`, buildSeedDisk(files));
    const booted = await boot('no seed here', 'seed.img');
    expect(booted.outcome).toMatchObject({
      datasource: expect.stringMatching(/DataSourceNoCloud .*seed\.img/),
      instance_id,
      user_data: USER_DATA,
      network_config: NETWORK,
      config: { runcmd: ['by user'], ntp: { enabled: true }, manual_cache_clean: true },
    });
    expect(booted).toMatchObject({ identified: DETECTED, sleeps: [], warnings: [] });
    expect(readRequests()).toEqual([]);
  });

  it('is switched off in a guest whose serial number names no seed', async () => {
    for (const serial of ['Not Specified', 'ds=NoCloud;dsmode=net;s=http://127.0.0.1:1/']) {
      expect(await boot(serial)).toMatchObject({ identified: { code: 1 }, outcome: null });
    }
  });
});
