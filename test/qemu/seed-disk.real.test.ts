import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildSeedDisk } from '../../qemu/seed-disk.ts';
import { writeSparseImage } from '../../qemu/sparse-image.ts';
import type { SeedDiskFiles } from '../../qemu/vm-spec.ts';

const MIB = 1024 * 1024;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seed-disk-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function writeDisk(files: SeedDiskFiles): Promise<string> {
  const path = join(folder, 'seed.img');
  rmSync(path, { force: true });
  await writeSparseImage(path, buildSeedDisk(files));
  return path;
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 4 * MIB,
    env: { PATH: '/usr/bin:/sbin' },
  });
}

function readBack(path: string, name: string): string {
  return run('mcopy', ['-i', path, `::${name}`, '-']);
}

describe('buildSeedDisk() for other programs', () => {
  it('is a vfat volume called CIDATA to blkid, and so in the boot sector', async () => {
    const path = await writeDisk({ 'meta-data': '', 'user-data': '' });
    const tags = run('blkid', ['--probe', '--output', 'export', path]).split('\n');
    expect(tags).toEqual(
      expect.arrayContaining(['TYPE=vfat', 'LABEL=CIDATA', 'LABEL_FATBOOT=CIDATA', 'VERSION=FAT16']),
    );
  });

  it('lists its files by their long names, without optional ones that are empty', async () => {
    const all = { 'meta-data': 'm', 'user-data': '', 'vendor-data': 'v', 'network-config': 'n' };
    const list = (path: string) => run('mdir', ['-b', '-i', path, '::']).trim().split('\n');
    expect(list(await writeDisk(all))).toEqual([
      '::/meta-data',
      '::/user-data',
      '::/vendor-data',
      '::/network-config',
    ]);
    expect(list(await writeDisk({ ...all, 'vendor-data': '', 'network-config': '' }))).toEqual([
      '::/meta-data',
      '::/user-data',
    ]);
  });

  it('is without fault to fsck, and gives files of any size back as they were', {
    timeout: 120_000,
  }, async () => {
    const text = fc
      .tuple(
        fc.constantFrom('a', 'ü', '\n', '€'),
        fc.oneof(fc.nat(1025), fc.constantFrom(512, 1024, 100_000)),
      )
      .map(([unit, count]) => unit.repeat(count));
    const files = fc.record({
      'meta-data': text,
      'user-data': text,
      'vendor-data': text,
      'network-config': text,
    });
    const check = async (seed: SeedDiskFiles) => {
      const path = await writeDisk(seed);
      run('fsck.fat', ['-n', '-V', path]);
      for (const [name, content] of Object.entries(seed)) {
        if (content !== '' || name === 'user-data' || name === 'meta-data')
          expect(readBack(path, name) === content, name).toBe(true);
      }
    };
    await fc.assert(fc.asyncProperty(files, check), { numRuns: 25 });
    const largest = 'x'.repeat(MIB);
    await check({
      'meta-data': largest,
      'user-data': largest,
      'vendor-data': largest,
      'network-config': largest,
    });
  });
});
