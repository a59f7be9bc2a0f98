import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareDisk } from '../../../driver/start/disk.ts';
import { diskFolderName } from '../../../driver/start/disk-path.ts';
import { openCli } from '../cli-harness.ts';

async function openWithDisk(identity: string) {
  const cli = await openCli();
  const disksDir = join(cli.dir, 'disks');
  const folder = join(disksDir, diskFolderName(identity));
  const basePath = join(cli.dir, 'base.img');
  writeFileSync(basePath, Buffer.alloc(512));
  const overlay = { kind: 'overlay', basePath, baseFormat: 'raw', driveInterface: 'virtio' } as const;
  await prepareDisk({ ...overlay, overlayPath: join(folder, 'disk.qcow2') }, 512);
  return { cli, disksDir, folder, basePath, [Symbol.asyncDispose]: () => cli[Symbol.asyncDispose]() };
}

describe('nomad-vm disk', () => {
  it('lists disks with their VMs and images', async () => {
    await using disk = await openWithDisk('default/a%2Fb');
    mkdirSync(join(disk.disksDir, 'lost+found'));
    const { code, out } = await disk.cli.run('disk', 'list', '--disks-dir', disk.disksDir);
    expect(code).toBe(0);
    expect(out).toMatch(/^VM +USED +WRITTEN +STATE +IMAGE\ndefault\/a%2Fb +\d+M +\S+ +free +.*base\.img\n$/);
    const json = await disk.cli.run('disk', 'list', '--json', '--disks-dir', disk.disksDir);
    expect(JSON.parse(json.out)).toMatchObject([
      { vm: 'default/a%2Fb', in_use: false, image: disk.basePath },
    ]);
  });

  it('finds none where there is no folder yet', async () => {
    await using cli = await openCli();
    const { code, out } = await cli.run('disk', 'list', '--disks-dir', join(cli.dir, 'none'));
    expect([code, out.split('\n').length]).toEqual([0, 2]);
  });

  it('removes one, and says so when there is none', async () => {
    await using disk = await openWithDisk('default/alice');
    const argv = ['disk', 'remove', 'default/alice', '--disks-dir', disk.disksDir];
    expect(await disk.cli.run(...argv)).toMatchObject({ code: 0, out: expect.stringContaining('removed "') });
    expect(existsSync(disk.folder)).toBe(false);
    expect(await disk.cli.run(...argv)).toMatchObject({
      code: 1,
      err: expect.stringContaining('Cannot remove disk "default/alice": there is none in'),
    });
  });
});
