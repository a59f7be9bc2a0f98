import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolderSeedStore } from '../../../cloudinit-server/folder-seed-store.ts';
import { createLastGoodSeedStore } from '../../../cloudinit-server/last-good/last-good-seed-store.ts';
import type { SeedFile } from '../../../cloudinit-server/seed-files.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';
import { createTemporaryFolder } from '../fakes/temporary-folder.ts';

const GOOD = '#cloud-config\nhostname: good\n';

async function open() {
  const folder = await createTemporaryFolder();
  const state = createServerState(undefined);
  const log = createRecordingLog();
  const seeds = join(folder.path, 'seeds');
  const store = createLastGoodSeedStore({
    store: createFolderSeedStore(seeds),
    goodFiles: state.goodFiles,
    isUsed: path => path === 'registered',
    log,
    now: () => 1000,
  });
  return {
    folder,
    seeds,
    log,
    store,
    write: (name: string, text: string | Buffer) => folder.write(`seeds/${name}`, text),
    readDefaults: async (seed: string, file: SeedFile) =>
      Promise.all(
        (await store.findDefaults(seed)).map(async layer => (await layer.readFile(file))?.toString()),
      ),
    read: async (seed: string, file: SeedFile) =>
      (await (await store.findSeed(seed))?.readFile(file))?.toString(),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('createLastGoodSeedStore()', () => {
  it.each([
    ['user-data', '#cloud-config\nhostname: [\n'],
    ['user-data', '#cloud-config\n- hostname\n'],
    ['meta-data', 'instance-id: x\n\tbad: ['],
    ['network-config', 'version: "2'],
    ['user-data', '#cloud-config\nhostname: @{vm.name\n'],
    ['vendor-data', Buffer.alloc(2 * 1024 * 1024)],
  ] as const)('serves the last good %s while it is broken, and says so', async (file, broken) => {
    await using lab = await open();
    await lab.write(`vm/${file}`, GOOD);
    expect(await lab.read('vm', file)).toBe(GOOD);
    await lab.write(`vm/${file}`, broken);
    expect(await lab.read('vm', file)).toBe(GOOD);
    expect(lab.log.lines()).toMatchObject([
      { level: 'error', message: 'last good version served, edit does not count', seed: 'vm', file },
    ]);
    await lab.write(`vm/${file}`, `${GOOD}# repaired\n`);
    expect(await lab.read('vm', file)).toBe(`${GOOD}# repaired\n`);
    expect(lab.log.lines()).toHaveLength(1);
  });

  it('serves what was never good as it is', async () => {
    await using lab = await open();
    await lab.write('vm/user-data', '#cloud-config\na: [\n');
    expect(await lab.read('vm', 'user-data')).toBe('#cloud-config\na: [\n');
    await lab.write('big/user-data', Buffer.alloc(2 * 1024 * 1024));
    await expect(lab.read('big', 'user-data')).rejects.toThrow('at most');
    expect(lab.log.text()).toBe('');
  });

  it.each([
    '#!/bin/sh\nif [ x',
    '## template: jinja\n#cloud-config\n{% if x %}',
    '#cloud-config\na: 1\na: 2\n',
  ])('takes %j for good: only guests know what it is', async text => {
    await using lab = await open();
    await lab.write('vm/user-data', GOOD);
    await lab.read('vm', 'user-data');
    await lab.write('vm/user-data', text);
    expect(await lab.read('vm', 'user-data')).toBe(text);
  });

  it('lets go what is deleted', async () => {
    await using lab = await open();
    const file = await lab.write('vm/vendor-data', GOOD);
    await lab.read('vm', 'vendor-data');
    await rm(file);
    expect(await lab.read('vm', 'vendor-data')).toBeUndefined();
    await lab.write('vm/vendor-data', '#cloud-config\na: [\n');
    expect(await lab.read('vm', 'vendor-data')).toBe('#cloud-config\na: [\n');
    await rm(join(lab.seeds, 'vm'), { recursive: true });
    expect(await lab.store.findSeed('vm')).toBeUndefined();
  });

  it('goes on while the seeds folder is away, with what it has served', async () => {
    await using lab = await open();
    await lab.write('vm/user-data', GOOD);
    await lab.read('vm', 'user-data');
    await lab.read('vm', 'vendor-data');
    await rename(lab.seeds, `${lab.seeds}.away`);
    expect(await lab.read('vm', 'user-data')).toBe(GOOD);
    expect(await lab.read('vm', 'vendor-data')).toBeUndefined();
    // Whether it had one is not known, and a generated one would make the guest another machine.
    await expect(lab.read('vm', 'meta-data')).rejects.toThrow('there is no such folder');
    await expect(lab.read('other', 'user-data')).rejects.toThrow('there is no such folder');
  });

  it('does not bring back a folder that is gone, but for a registered VM', async () => {
    await using lab = await open();
    for (const seed of ['vm', 'registered']) {
      await lab.write(`${seed}/user-data`, GOOD);
      await lab.read(seed, 'user-data');
      await rm(join(lab.seeds, seed), { recursive: true });
      expect(await lab.store.findSeed(seed)).toBeUndefined();
    }
    await rename(lab.seeds, `${lab.seeds}.away`);
    await expect(lab.read('vm', 'user-data')).rejects.toThrow('there is no such folder');
    expect(await lab.read('registered', 'user-data')).toBe(GOOD);
  });

  it('takes a variable of ours for good, wherever it stands', async () => {
    await using lab = await open();
    await lab.write('vm/user-data', GOOD);
    await lab.read('vm', 'user-data');
    const text = '#cloud-config\nhostname: @{vm.name}\nx: [@{server.url}]\n';
    await lab.write('vm/user-data', text);
    expect(await lab.read('vm', 'user-data')).toBe(text);
  });

  it('remembers what goes under a seed as well', async () => {
    await using lab = await open();
    await lab.write('lab/vm/user-data', GOOD);
    await lab.write('_default/user-data', GOOD);
    await lab.write('lab/_default/user-data', 'gone soon');
    expect(await lab.readDefaults('lab/vm', 'user-data')).toEqual([GOOD, 'gone soon']);
    await lab.write('_default/user-data', '#cloud-config\na: [\n');
    await rm(join(lab.seeds, 'lab/_default'), { recursive: true });
    expect(await lab.readDefaults('lab/vm', 'user-data')).toEqual([GOOD, undefined]);
    await rename(lab.seeds, `${lab.seeds}.away`);
    expect(await lab.readDefaults('lab/vm', 'user-data')).toEqual([GOOD, undefined]);
    expect(await lab.readDefaults('lab/vm', 'vendor-data')).toEqual([undefined, undefined]);
  });
});
