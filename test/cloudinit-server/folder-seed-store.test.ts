import { execFileSync } from 'node:child_process';
import { readdir, rename, rm, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SeedError } from '../../cloudinit-server/errors.ts';
import { createFolderSeedStore } from '../../cloudinit-server/folder-seed-store.ts';
import type { SeedFile } from '../../cloudinit-server/seed-files.ts';
import { createTemporaryFolder } from './fakes/temporary-folder.ts';

describe('createFolderSeedStore()', () => {
  it('finds every folder, nested ones too, whatever it holds', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('lab/vm1/user-data', '#cloud-config');
    expect(await read(folder.path, 'lab/vm1', 'user-data')).toBe('#cloud-config');
    expect(await read(folder.path, 'lab/vm1', 'meta-data')).toBeUndefined();
    expect(await find(folder.path, 'lab')).toMatchObject({ path: 'lab', name: 'lab' });
  });

  it('takes the root for a seed when it holds one of the four files', async () => {
    await using folder = await createTemporaryFolder();
    expect(await find(folder.path, '.')).toBeUndefined();
    await folder.write('vendor-data', '');
    expect(await find(folder.path, '.')).toMatchObject({ path: '.' });
  });

  it('finds what goes under a seed, weakest first, and never takes it for a seed', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('_default/user-data', 'all');
    await folder.write('lab/a/_default/user-data', 'group');
    await folder.folder('lab/a/vm1/_default/inside');
    const store = createFolderSeedStore(folder.path);
    const paths = async (path: string | undefined) =>
      (await store.findDefaults(path)).map(layer => layer.path);
    expect(await paths('lab/a/vm1')).toEqual(['_default', 'lab/a/_default']);
    expect(await paths('lab/a')).toEqual(['_default']);
    expect(await paths('.')).toEqual(['_default']);
    expect(await paths(undefined)).toEqual(['_default']);
    for (const path of ['_default', 'lab/a/_default', 'lab/a/vm1/_default/inside'])
      expect(await find(folder.path, path)).toBeUndefined();
    const seeds = await Array.fromAsync(store.listSeeds(fail), seed => seed.path);
    expect(seeds.toSorted()).toEqual(['lab', 'lab/a', 'lab/a/vm1']);
    const defaults = await Array.fromAsync(store.listDefaults(fail), layer => layer.path);
    expect(defaults.toSorted()).toEqual(['_default', 'lab/a/_default', 'lab/a/vm1/_default']);
  });

  it('tells what is wrong with a folder of defaults when its files are read', async () => {
    await using folder = await createTemporaryFolder();
    await using outside = await createTemporaryFolder();
    await folder.folder('lab/vm1');
    await symlink(outside.path, join(folder.path, '_default'));
    await symlink('nowhere', join(folder.path, 'lab/_default'));
    const layers = await createFolderSeedStore(folder.path).findDefaults('lab/vm1');
    const problems = layers.map(layer => layer.readFile('user-data').catch((error: SeedError) => error.code));
    expect(await Promise.all(problems)).toEqual(['seed-folder-outside', 'seed-folder-unreadable']);
    await expect(createFolderSeedStore(`${folder.path}/no`).findDefaults('x')).rejects.toThrow(
      'no such folder',
    );
  });

  it('knows no seed where there is nothing, or a file', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('file', 'x');
    for (const path of ['nothing', 'file', 'file/below', 'a/b/c'])
      expect(await find(folder.path, path)).toBeUndefined();
  });

  it('reads what is there at that moment', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('vm1/user-data', 'old');
    const store = createFolderSeedStore(folder.path);
    const seed = await store.findSeed('vm1');
    expect(String(await seed?.readFile('user-data'))).toBe('old');
    await folder.write('vm1/user-data', 'new and longer');
    expect(String(await seed?.readFile('user-data'))).toBe('new and longer');
  });

  it('follows links that stay inside, and the root when it is a link that is turned', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('one/base/user-data', 'first');
    await folder.write('two/base/user-data', 'second');
    await symlink('base', join(folder.path, 'one/alias'));
    await symlink('../base/user-data', join(await folder.folder('one/vm1'), 'user-data'));
    await symlink('one', join(folder.path, 'current'));
    const store = createFolderSeedStore(join(folder.path, 'current'));
    const readNow = async (path: string) => String(await (await store.findSeed(path))?.readFile('user-data'));
    expect(await readNow('alias')).toBe('first');
    expect(await readNow('vm1')).toBe('first');
    await symlink('two', join(folder.path, 'next'));
    await rename(join(folder.path, 'next'), join(folder.path, 'current'));
    expect(await readNow('base')).toBe('second');
  });

  it('refuses links that lead out, be it a file or a folder, also out to a neighbour of the same beginning', async () => {
    await using folder = await createTemporaryFolder();
    const secret = await folder.write('seeds-secret/user-data', 'secret');
    const root = await folder.folder('seeds');
    await symlink(secret, join(await folder.folder('seeds/vm1'), 'user-data'));
    await symlink('../seeds-secret', join(root, 'vm2'));
    await symlink('/etc/passwd', join(root, 'meta-data'));
    await expect(read(root, 'vm1', 'user-data')).rejects.toMatchObject({ code: 'seed-file-outside' });
    await expect(read(root, 'vm2', 'user-data')).rejects.toMatchObject({ code: 'seed-folder-outside' });
    await expect(read(root, '.', 'meta-data')).rejects.toMatchObject({ code: 'seed-file-outside' });
  });

  it('takes a link that leads nowhere for trouble, not for "no such file"', async () => {
    await using folder = await createTemporaryFolder();
    await symlink('away', join(await folder.folder('vm1'), 'user-data'));
    await symlink('away', join(folder.path, 'vm2'));
    await expect(read(folder.path, 'vm1', 'user-data')).rejects.toMatchObject({
      code: 'seed-file-unreadable',
    });
    await expect(find(folder.path, 'vm2')).rejects.toMatchObject({ code: 'seed-folder-unreadable' });
  });

  it('refuses what is no regular file, without waiting for a FIFO', async () => {
    await using folder = await createTemporaryFolder();
    await folder.folder('vm1/user-data');
    execFileSync('mkfifo', [join(folder.path, 'vm1/meta-data')]);
    await expect(read(folder.path, 'vm1', 'user-data')).rejects.toMatchObject({
      code: 'seed-file-irregular',
    });
    await expect(read(folder.path, 'vm1', 'meta-data')).rejects.toMatchObject({
      code: 'seed-file-irregular',
    });
  });

  it('serves 1 MiB and refuses a byte more', async () => {
    await using folder = await createTemporaryFolder();
    const file = await folder.write('vm1/user-data', Buffer.alloc(1024 * 1024, 'x'));
    expect((await read(folder.path, 'vm1', 'user-data'))?.length).toBe(1024 * 1024);
    await truncate(file, 1024 * 1024 + 1);
    await expect(read(folder.path, 'vm1', 'user-data')).rejects.toThrow('at most 1048576 are served');
  });

  it('closes every file it opened, also after refusing one', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('vm1/user-data', 'x');
    await folder.folder('vm1/vendor-data');
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (let round = 0; round < 50; round += 1) {
      await read(folder.path, 'vm1', 'user-data');
      await read(folder.path, 'vm1', 'vendor-data').catch(() => undefined);
    }
    expect(await openFiles()).toBeLessThan(before + 10);
  });

  it('never says "unknown" while the whole folder is away', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('seeds/vm1/user-data', 'x');
    const store = createFolderSeedStore(join(folder.path, 'seeds'));
    await store.check();
    await rm(join(folder.path, 'seeds'), { recursive: true });
    await expect(store.check()).rejects.toMatchObject({ code: 'seeds-folder-missing' });
    await expect(store.findSeed('vm1')).rejects.toThrow(`Cannot read seeds from "${folder.path}/seeds"`);
  });

  it('lists all seeds that can be served, and reports what cannot be looked into', async () => {
    await using folder = await createTemporaryFolder();
    await folder.write('user-data', '');
    await folder.write('lab/vm1/user-data', '');
    await folder.write('lab/notes.txt', '');
    await folder.write('.git/config', '');
    await folder.write('healthz/user-data', '');
    await symlink('lab', join(folder.path, 'alias'));
    await symlink('/etc', join(folder.path, 'outside'));
    await symlink('..', join(folder.path, 'lab/circle'));
    const problems: SeedError[] = [];
    const seeds = await Array.fromAsync(createFolderSeedStore(folder.path).listSeeds(p => problems.push(p)));
    expect(seeds.map(seed => seed.path).sort()).toEqual(['.', 'alias', 'lab', 'lab/circle', 'lab/vm1']);
    expect(problems.map(problem => problem.code)).toEqual(['seed-folder-outside']);
  });
});

function find(root: string, path: string) {
  return createFolderSeedStore(root).findSeed(path);
}

async function read(root: string, path: string, file: SeedFile): Promise<string | undefined> {
  return (await (await find(root, path))?.readFile(file))?.toString();
}

function fail(problem: SeedError): never {
  throw problem;
}
