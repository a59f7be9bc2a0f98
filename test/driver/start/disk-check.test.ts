import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiskConfig } from '../../../driver/config/disk-config.ts';
import { prepareDisk } from '../../../driver/start/disk.ts';
import { checkDisk } from '../../../driver/start/disk-check.ts';
import { diskFolderName, overlayPathOf, stampPathOf } from '../../../driver/start/disk-path.ts';

const MIB = 1024 ** 2;

let dir: string;
let base: string;
const problems: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-disk-'));
  base = join(dir, 'base.img');
  writeFileSync(base, Buffer.alloc(MIB, 1));
  problems.length = 0;
});

afterEach(() => rmSync(dir, { recursive: true }));

function overlay(changes: Partial<Extract<DiskConfig, { kind: 'overlay' }>> = {}) {
  return { kind: 'overlay', image: 'base.img', lifetime: 'ephemeral', ...changes } as const;
}

function place() {
  return { request: { taskDir: join(dir, 'task') }, identity: 'default/alice', disksDir: join(dir, 'disks') };
}

function check(
  disk: DiskConfig = overlay(),
  {
    image = base,
    holders = new Map<string, string>(),
  }: { image?: string; holders?: Map<string, string> } = {},
) {
  const checked = { kind: 'usable', format: 'raw', virtualSizeBytes: MIB, path: image } as const;
  return checkDisk({ ...place(), disk, image: checked, holders }, (path, message) =>
    problems.push(`${path}: ${message}`),
  );
}

/** Makes the disk as a start does. */
function make(disk = overlay(), basePath = base) {
  const overlayPath = overlayPathOf(disk, place());
  return prepareDisk(
    { kind: 'overlay', overlayPath, basePath, baseFormat: 'raw', driveInterface: 'virtio' },
    MIB,
  );
}

describe('checkDisk()', () => {
  it('finds nothing wrong with a disk that is not there yet, nor with the one that was made then', async () => {
    await check();
    await make();
    await check();
    expect(problems).toEqual([]);
  });

  it('says whether a persistent disk is new or used again, and keeps it', async () => {
    const disk = overlay({ lifetime: 'persistent' });
    const path = join(dir, 'disks/default~alice/disk.qcow2');
    expect(await check(disk)).toBe(`disk "default/alice" is new on this node: "${path}"`);
    await make(disk);
    const { ino } = statSync(path);
    expect(await check(disk)).toBe(`disk "default/alice" is used again: "${path}"`);
    await make(disk);
    expect(statSync(path).ino).toBe(ino);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it('refuses a disk whose base was written to since', async () => {
    await make();
    writeFileSync(base, Buffer.alloc(MIB, 2));
    utimesSync(base, 1, 1);
    await check();
    expect(problems).toEqual([
      expect.stringMatching(
        /^config\.image: ".*base\.img", 1048576 bytes of 1970-01-01T00:00:01\.000Z, is not what the VM's disk was made on .* stop the job/,
      ),
    ]);
  });

  it('notices a base of the same size and time with another start', async () => {
    utimesSync(base, 1, 1);
    await make();
    writeFileSync(base, Buffer.alloc(MIB, 2));
    utimesSync(base, 1, 1);
    await check();
    expect(problems).toHaveLength(1);
  });

  it('tells how to give a persistent disk up', async () => {
    const disk = overlay({ lifetime: 'persistent' });
    await make(disk);
    utimesSync(base, 1, 1);
    await check(disk);
    expect(problems[0]).toContain('run "nomad-vm disk remove default/alice" on this node');
  });

  it('takes a base that was moved along with the disk, as a sticky ephemeral_disk does', async () => {
    await make();
    const moved = join(dir, 'moved.img');
    renameSync(base, moved);
    await check(overlay(), { image: moved });
    expect(problems).toEqual([]);
  });

  it('knows a disk without a stamp by the path of its base', async () => {
    await make();
    rmSync(stampPathOf(overlayPathOf(overlay(), place())));
    await check();
    expect(problems).toEqual([]);
    const other = join(dir, 'other.img');
    writeFileSync(other, Buffer.alloc(MIB));
    await check(overlay(), { image: other });
    expect(problems[0]).toContain(`was made on ("${base}")`);
  });

  it('refuses something else in its place', async () => {
    mkdirSync(join(dir, 'task/local'), { recursive: true });
    writeFileSync(join(dir, 'task/local/vm-disk.qcow2'), 'text');
    await check();
    expect(problems[0]).toMatch(
      /^config\.image: ".*vm-disk\.qcow2" cannot be the VM's disk: it is not a qcow2 image/,
    );
  });

  it('refuses another size than the disk has, rather than ignore it', async () => {
    await make();
    await check(overlay({ sizeBytes: 2 * MIB }));
    expect(problems[0]).toMatch(/^config\.disk_size: 2097152 bytes are not the 1048576 .*qemu-img resize/);
    await check(overlay({ sizeBytes: MIB }));
    expect(problems).toHaveLength(1);
  });

  it('names the VM that uses the disk', async () => {
    const disk = overlay({ lifetime: 'persistent' });
    await check(disk, {
      holders: new Map([[overlayPathOf(disk, place()), 'task "vm" of allocation 01234567']]),
    });
    expect(problems[0]).toMatch(
      /^config\.disk: is the disk of VM "default\/alice", which is in use by task "vm" of allocation 01234567/,
    );
  });

  it('has nothing to say about an image that is the disk itself', async () => {
    expect(await check({ kind: 'in-place', imagePath: 'x' })).toBeUndefined();
  });
});

describe('diskFolderName()', () => {
  it('is one safe name for each identity', () => {
    expect(diskFolderName('default/alice')).toBe('default~alice');
    expect(diskFolderName('default/a%2Fb/c d/../~')).toBe('default~a%252Fb~c%20d~..~%7E');
    const [long, longer] = ['x'.repeat(300), 'x'.repeat(301)].map(diskFolderName);
    expect(long).not.toBe(longer);
    expect(long?.length).toBeLessThan(255);
  });
});
