import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiskLifetime } from '../../../driver/config/disk-config.ts';
import { checkImage } from '../../../driver/start/image-check.ts';

let dir: string;
const problems: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-image-'));
  for (const folder of ['alloc/vm/local', 'images', 'images-2'])
    mkdirSync(join(dir, folder), { recursive: true });
  problems.length = 0;
});

afterEach(() => rmSync(dir, { recursive: true }));

function writeDisk(path: string): void {
  const disk = Buffer.alloc(4096);
  disk.writeUInt16LE(0xaa55, 510);
  writeFileSync(join(dir, path), disk);
}

function check(image: string, sizeBytes?: number, lifetime: DiskLifetime = 'ephemeral') {
  return checkImage(
    { kind: 'overlay', image, ...(sizeBytes === undefined ? {} : { sizeBytes }), lifetime },
    { allocDir: join(dir, 'alloc'), taskDir: join(dir, 'alloc/vm') },
    [join(dir, 'images')],
    (path, message) => problems.push(`${path}: ${message}`),
  );
}

describe('checkImage()', () => {
  it('finds an image of the task by its relative path', async () => {
    writeDisk('alloc/vm/local/d.img');
    expect(await check('local/d.img')).toMatchObject({
      path: join(dir, 'alloc/vm/local/d.img'),
      format: 'raw',
    });
    expect(problems).toEqual([]);
  });

  it('takes an image of a folder that the operator allows', async () => {
    writeDisk('images/d.img');
    expect(await check(join(dir, 'images/d.img'))).toBeDefined();
  });

  it.each(['../../images-2/d.img', 'local/link', '/etc/passwd'])(
    'refuses "%s", outside what is allowed',
    async path => {
      writeDisk('images-2/d.img');
      symlinkSync(join(dir, 'images-2/d.img'), join(dir, 'alloc/vm/local/link'));
      expect(await check(path)).toBeUndefined();
      expect(problems[0]).toMatch(/^config\.image: .*outside the folders/);
    },
  );

  it('says what to do about a missing image and about a file that is none', async () => {
    await check('local/none.img');
    writeFileSync(join(dir, 'alloc/vm/local/page.html'), '<html>404</html>');
    await check('local/page.html');
    expect(problems[0]).toContain('does not exist');
    expect(problems[1]).toMatch(/config\.image: Cannot use image/);
  });

  it('wants the image of a persistent disk outside of the allocation, which goes', async () => {
    writeDisk('alloc/vm/local/d.img');
    writeDisk('images/d.img');
    expect(await check('local/d.img', undefined, 'persistent')).toBeUndefined();
    expect(problems[0]).toMatch(/^config\.image: "local\/d.img" goes with the allocation/);
    expect(await check(join(dir, 'images/d.img'), undefined, 'persistent')).toBeDefined();
  });

  it('refuses to shrink a disk', async () => {
    writeDisk('alloc/vm/local/d.img');
    await check('local/d.img', 512);
    expect(problems[0]).toContain('config.disk_size');
  });
});
