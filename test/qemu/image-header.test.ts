import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImageVerdict, parseImageHeader } from '../../qemu/image-header.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const MIB = 1024 * 1024;

/** A healthy version 3 header, as qemu-img writes it, which each test then spoils. */
function qcow2(spoil: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(65_536);
  bytes.writeUInt32BE(0x514649fb, 0);
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(BigInt(10 * MIB), 24);
  bytes.writeUInt32BE(1, 36);
  bytes.writeBigUInt64BE(0x30000n, 40);
  bytes.writeBigUInt64BE(0x10000n, 48);
  bytes.writeUInt32BE(104, 100);
  spoil(bytes);
  return bytes;
}

function bootSector(spoil: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(65_536);
  bytes.writeUInt16BE(0x55aa, 510);
  spoil(bytes);
  return bytes;
}

function judge(bytes: Buffer, fileSizeBytes = MIB): ImageVerdict {
  return parseImageHeader(bytes, fileSizeBytes);
}

describe('parseImageHeader()', () => {
  it('takes a qcow2 image and tells the size the guest sees', () => {
    expect(judge(qcow2())).toEqual({ kind: 'usable', format: 'qcow2', virtualSizeBytes: 10 * MIB });
    expect(judge(qcow2(bytes => bytes.writeUInt32BE(2, 4)))).toMatchObject({ kind: 'usable' });
  });

  it('takes images with zstd compression, extended L2 entries or an unclean shutdown', () => {
    for (const bits of [1n, 8n, 16n, 25n]) {
      expect(judge(qcow2(bytes => bytes.writeBigUInt64BE(bits, 72))), `${bits}`).toMatchObject({
        kind: 'usable',
      });
    }
  });

  it('takes a raw disk with a boot sector', () => {
    expect(judge(bootSector())).toEqual({ kind: 'usable', format: 'raw', virtualSizeBytes: MIB });
    expect(judge(bootSector(bytes => bytes.write('CD001', 32_769)))).toMatchObject({ format: 'raw' });
  });
});

describe('parseImageHeader() with a qcow2 image', () => {
  it.each<[string, string, (bytes: Buffer) => void]>([
    [
      'image-unsafe',
      'backing file "/etc/shadow"',
      bytes => {
        bytes.writeBigUInt64BE(512n, 8);
        bytes.writeUInt32BE(11, 16);
        bytes.write('/etc/shadow', 512);
      },
    ],
    ['image-unsafe', 'backing file ""', bytes => bytes.writeBigUInt64BE(0xffffffffffffffffn, 8)],
    ['image-unsafe', 'data in another file', bytes => bytes.writeBigUInt64BE(4n, 72)],
    ['image-invalid', 'unknown qcow2 features 0x20', bytes => bytes.writeBigUInt64BE(33n, 72)],
    ['image-invalid', 'corrupt', bytes => bytes.writeBigUInt64BE(2n, 72)],
    ['image-invalid', 'encrypted', bytes => bytes.writeUInt32BE(1, 32)],
    ['image-invalid', 'version 1', bytes => bytes.writeUInt32BE(1, 4)],
    ['image-invalid', 'clusters of 2^40', bytes => bytes.writeUInt32BE(40, 20)],
    ['image-invalid', 'size of 0', bytes => bytes.writeBigUInt64BE(0n, 24)],
    [
      'image-invalid',
      'size of 18446744073709551615',
      bytes => bytes.writeBigUInt64BE(0xffffffffffffffffn, 24),
    ],
    ['image-invalid', 'cut off', bytes => bytes.writeBigUInt64BE(BigInt(MIB), 40)],
    ['image-invalid', 'cut off', bytes => bytes.writeBigUInt64BE(BigInt(MIB), 48)],
  ])('refuses a qcow2 image as %s: %s', (code, reason, spoil) => {
    expect(judge(qcow2(spoil))).toMatchObject({
      kind: 'refused',
      code,
      reason: expect.stringContaining(reason),
    });
  });
});

describe('parseImageHeader() with other files', () => {
  it.each([
    ['a vmdk image', 0, 'KDMV'],
    ['a vdi image', 64, '\x7f\x10\xda\xbe'],
    ['a vhd image', 0, 'conectix'],
    ['a vhdx image', 0, 'vhdxfile'],
    ['a luks-encrypted image', 0, 'LUKS\xba\xbe'],
    ['compressed with xz', 0, '\xfd7zXZ\0'],
    ['a tar archive', 257, 'ustar'],
  ])('names %s, even if it has a boot sector', (kind, offset, text) => {
    const verdict = judge(bootSector(bytes => bytes.write(text, offset, 'latin1')));
    expect(verdict).toMatchObject({ code: 'image-invalid', reason: `is ${kind}, wanted qcow2 or raw` });
  });

  it.each<[string, Buffer, number]>([
    ['starts with "<!DOCTYPE html>"', Buffer.from('<!DOCTYPE html>\n<title>404</title>'), 34],
    ['is empty', Buffer.alloc(0), 0],
    ['cut off', qcow2().subarray(0, 50), 50],
    ['cut off', qcow2().subarray(0, 90), 90],
    ['cut off', bootSector(), MIB + 1],
    ['boot sector', Buffer.alloc(65_536), MIB],
    ['boot sector', Buffer.alloc(100), 100],
    ['ISO image', Buffer.concat([Buffer.alloc(32_769), Buffer.from('CD001'), Buffer.alloc(100)]), MIB],
  ])('refuses with "%s"', (reason, bytes, size) => {
    expect(judge(bytes, size)).toMatchObject({
      code: 'image-invalid',
      reason: expect.stringContaining(reason),
    });
  });

  it('takes unknown content for raw where asked to, but nothing known', () => {
    expect(parseImageHeader(Buffer.alloc(700), 700, 'raw')).toMatchObject({ format: 'raw' });
    expect(parseImageHeader(qcow2(), MIB, 'raw')).toMatchObject({ format: 'qcow2' });
    expect(parseImageHeader(qcow2().subarray(0, 50), 50, 'raw')).toMatchObject({ kind: 'refused' });
  });

  it('never throws, and never lets a reference to another file pass, whatever the bytes', () => {
    const noise = fc.tuple(fc.integer({ min: 0, max: 110 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 12 }),
        fc.boolean(),
        fc.nat(65_536),
        (changes, isQcow2, length) => {
          const bytes = (isQcow2 ? qcow2() : bootSector()).subarray(0, length);
          for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
          const verdict = parseImageHeader(bytes, MIB, 'raw');
          if (verdict.kind !== 'usable' || verdict.format !== 'qcow2') return;
          expect(bytes.readBigUInt64BE(8)).toBe(0n);
          if (bytes.readUInt32BE(4) === 3) expect(bytes.readBigUInt64BE(72) & ~25n).toBe(0n);
          expect(verdict.virtualSizeBytes).toBeGreaterThan(0);
        },
      ),
      { numRuns: fuzzRuns(2000) },
    );
  });
});
