import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOverlay, inspectOverlay } from '../../qemu/overlay.ts';
import { buildOverlayImage, MAX_OVERLAY_BYTES } from '../../qemu/overlay-image.ts';
import { parseQcow2Header } from '../../qemu/qcow2-header.ts';

const MIB = 1024 ** 2;
const TIB = 1024 ** 4;

let folder: string;
let basePath: string;
let overlayPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overlay-'));
  basePath = join(folder, 'base, "one"');
  overlayPath = join(folder, 'disk.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', basePath, '8M']);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function qemuIo(path: string, ...commands: readonly string[]): string {
  return execFileSync('qemu-io', ['-f', 'qcow2', ...commands.flatMap(command => ['-c', command]), path], {
    encoding: 'utf8',
  });
}

function imageInfo(path: string): unknown {
  return JSON.parse(
    execFileSync('qemu-img', ['info', '--output=json', '-f', 'qcow2', path], { encoding: 'utf8' }),
  );
}

function check(path: string): void {
  execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', path]);
}

describe('createOverlay()', () => {
  it.each([MIB, 8 * MIB, 8 * MIB + 512, 512 * MIB, 512 * MIB + 512, 2 * TIB, 5 * TIB, MAX_OVERLAY_BYTES])(
    'makes what qemu-img finds flawless, of %i bytes',
    async virtualSizeBytes => {
      await createOverlay({ overlayPath, basePath, baseFormat: 'qcow2', virtualSizeBytes });
      check(overlayPath);
      expect(imageInfo(overlayPath)).toMatchObject({
        format: 'qcow2',
        'virtual-size': virtualSizeBytes,
        'backing-filename': basePath,
        'backing-filename-format': 'qcow2',
        'format-specific': { data: { corrupt: false } },
      });
      expect(statSync(overlayPath).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder).sort()).toEqual(['base, "one"', 'disk.qcow2']);
    },
  );

  it('shows the data of the base, zeros behind it, and keeps what is written to itself', async () => {
    qemuIo(basePath, 'write -P 0x42 0 4M');
    const before = readFileSync(basePath);
    await createOverlay({ overlayPath, basePath, baseFormat: 'qcow2', virtualSizeBytes: 2 * TIB });
    const lastMib = 2 * TIB - MIB;
    qemuIo(overlayPath, 'write -P 0x17 1M 1M', `write -P 0x18 ${lastMib} 1M`);
    const output = qemuIo(
      overlayPath,
      ...[
        'read -P 0x42 0 1M',
        'read -P 0x17 1M 1M',
        'read -P 0x42 2M 2M',
        'read -P 0 8M 1M',
        `read -P 0x18 ${lastMib} 1M`,
      ],
    );
    expect(output).not.toContain('failed');
    check(overlayPath);
    expect(readFileSync(basePath).equals(before)).toBe(true);
  });

  it('takes a raw base and a path of 1023 bytes', async () => {
    const parts = [folder, 'd'.repeat(250), 'e'.repeat(250), 'f'.repeat(250)];
    mkdirSync(join(...parts), { recursive: true });
    const prefix = join(...parts, 'x');
    const longPath = `${prefix}${'x'.repeat(1023 - prefix.length)}`;
    writeFileSync(longPath, Buffer.alloc(MIB, 0x33));
    await createOverlay({ overlayPath, basePath: longPath, baseFormat: 'raw', virtualSizeBytes: MIB });
    check(overlayPath);
    expect(qemuIo(overlayPath, 'read -P 0x33 0 1M')).not.toContain('failed');
    const tooLong = createOverlay({
      overlayPath,
      basePath: `${longPath}x`,
      baseFormat: 'raw',
      virtualSizeBytes: MIB,
    });
    await expect(tooLong).rejects.toMatchObject({
      code: 'disk-failed',
      message: expect.stringContaining('1024 bytes'),
    });
  });

  it('never replaces a file, and leaves nothing behind', async () => {
    writeFileSync(overlayPath, 'precious');
    const options = { overlayPath, basePath, baseFormat: 'qcow2', virtualSizeBytes: MIB } as const;
    await expect(createOverlay(options)).rejects.toMatchObject({
      code: 'disk-failed',
      message: expect.stringContaining('EEXIST'),
    });
    expect(readFileSync(overlayPath, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it.each([0, 100, 513, MAX_OVERLAY_BYTES + 512, Number.NaN])(
    'refuses a size of %d bytes',
    async virtualSizeBytes => {
      const made = createOverlay({ overlayPath, basePath, baseFormat: 'qcow2', virtualSizeBytes });
      await expect(made).rejects.toMatchObject({ code: 'disk-failed' });
    },
  );

  it('refuses a base that qemu might take for a protocol', async () => {
    const made = createOverlay({
      overlayPath,
      basePath: 'nbd:localhost:1',
      baseFormat: 'raw',
      virtualSizeBytes: MIB,
    });
    await expect(made).rejects.toMatchObject({ message: expect.stringContaining('absolute') });
  });
});

describe('buildOverlayImage()', () => {
  it('writes a header that parseQcow2Header() reads back', () => {
    const path = fc.string({ unit: 'grapheme', maxLength: 200 }).map(text => `/${text.replaceAll('\0', '')}`);
    fc.assert(
      fc.property(
        path,
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.constantFrom('raw', 'qcow2'),
        (name, sectors, format) => {
          const virtualSizeBytes = sectors * 512;
          fc.pre(Buffer.byteLength(name) <= 1023);
          const image = buildOverlayImage({ basePath: name, baseFormat: format, virtualSizeBytes });
          const header = parseQcow2Header(image.parts[0]?.bytes ?? Buffer.alloc(0));
          expect(header).toMatchObject({
            version: 3,
            backingFile: name,
            virtualSizeBytes: BigInt(virtualSizeBytes),
          });
          expect(header?.incompatibleFeatures).toBe(0n);
        },
      ),
    );
  });
});

describe('inspectOverlay()', () => {
  it('tells that there is none', async () => {
    expect(await inspectOverlay(overlayPath)).toEqual({ kind: 'absent' });
  });

  it('knows its own again, even when grown by qemu-img', async () => {
    await createOverlay({ overlayPath, basePath, baseFormat: 'qcow2', virtualSizeBytes: 8 * MIB });
    expect(await inspectOverlay(overlayPath)).toEqual({
      kind: 'overlay',
      basePath,
      virtualSizeBytes: 8 * MIB,
    });
    execFileSync('qemu-img', ['resize', '-q', '-f', 'qcow2', overlayPath, '16M']);
    expect(await inspectOverlay(overlayPath)).toMatchObject({ virtualSizeBytes: 16 * MIB });
  });

  it.each<[string, readonly string[]]>([
    ['has no backing file', []],
    ['keeps its data in another file', ['-u', '-F', 'qcow2', '-b', 'BASE', '-o', 'data_file=DATA']],
  ])('tells a stranger: it %s', async (reason, args) => {
    const real = args.map(word => word.replace('BASE', basePath).replace('DATA', join(folder, 'data')));
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...real, overlayPath, '8M']);
    expect(await inspectOverlay(overlayPath)).toEqual({
      kind: 'foreign',
      reason: expect.stringContaining(reason),
    });
  });

  it('names the base that the header has', async () => {
    execFileSync('qemu-img', [
      'create',
      '-q',
      '-u',
      '-f',
      'qcow2',
      '-F',
      'raw',
      '-b',
      '/etc/hostname',
      overlayPath,
      '8M',
    ]);
    expect(await inspectOverlay(overlayPath)).toMatchObject({ kind: 'overlay', basePath: '/etc/hostname' });
  });

  it('tells a file that is no qcow2 image', async () => {
    writeFileSync(overlayPath, 'text');
    expect(await inspectOverlay(overlayPath)).toMatchObject({ kind: 'foreign' });
  });
});
