import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectImage } from '../../qemu/image-inspection.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-inspection-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function createImage(...args: readonly string[]): string {
  const path = join(folder, 'image');
  execFileSync('qemu-img', ['create', '-q', ...args, path, '12M']);
  return path;
}

describe('inspectImage()', () => {
  it.each([
    [['-f', 'qcow2']],
    [['-f', 'qcow2', '-o', 'compat=0.10']],
    [['-f', 'qcow2', '-o', 'compression_type=zstd,extended_l2=on,cluster_size=128k']],
  ])('takes what qemu-img makes with %j', async args => {
    expect(await inspectImage(createImage(...args))).toMatchObject({
      format: 'qcow2',
      virtualSizeBytes: 12 * 1024 * 1024,
    });
  });

  it('follows a link', async () => {
    symlinkSync(createImage('-f', 'qcow2'), join(folder, 'link'));
    expect(await inspectImage(join(folder, 'link'))).toMatchObject({ format: 'qcow2' });
  });

  it.each([
    ['vmdk', 'a vmdk image'],
    ['vdi', 'a vdi image'],
    ['vpc', 'a vhd image'],
    ['vhdx', 'a vhdx image'],
    ['qed', 'a qed image'],
    ['parallels', 'a parallels image'],
    ['qcow', 'qcow version 1'],
  ])('refuses the %s that qemu-img makes', async (format, reason) => {
    const path = createImage('-f', format);
    await expect(inspectImage(path)).rejects.toMatchObject({
      code: 'image-invalid',
      message: expect.stringMatching(
        new RegExp(`^Cannot use image "${path}": it is ${reason}.*; convert it`),
      ),
    });
  });

  it.each([
    ['a backing file', ['-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/hostname']],
    ['an external data file', ['-f', 'qcow2', '-o', 'data_file=DATA,data_file_raw=on']],
  ])('refuses %s as unsafe', async (_what, args) => {
    const path = createImage(...args.map(word => word.replace('DATA', join(folder, 'data'))));
    await expect(inspectImage(path)).rejects.toMatchObject({ code: 'image-unsafe' });
  });

  it('tells a missing file', async () => {
    await expect(inspectImage(join(folder, 'none'))).rejects.toMatchObject({ code: 'image-missing' });
    writeFileSync(join(folder, 'file'), '');
    await expect(inspectImage(join(folder, 'file', 'none'))).rejects.toMatchObject({ code: 'image-missing' });
  });

  it('tells an unreadable file', async () => {
    symlinkSync('loop', join(folder, 'loop'));
    await expect(inspectImage(join(folder, 'loop'))).rejects.toMatchObject({
      code: 'image-unreadable',
      message: expect.stringContaining('ELOOP'),
    });
  });

  it('does not wait for a FIFO, and refuses folders and devices', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    for (const path of [join(folder, 'fifo'), folder, '/dev/zero']) {
      await expect(inspectImage(path)).rejects.toMatchObject({
        message: expect.stringContaining('not a regular file'),
      });
    }
  });
});
