import { describe, expect, it } from 'vitest';
import { buildFatImage, FAT_CAPACITY_BYTES } from '../../qemu/fat-image.ts';

const file = (name: string, sizeBytes: number) => ({ name, content: Buffer.alloc(sizeBytes, 'x') });

describe('buildFatImage()', () => {
  it('makes the same bytes of the same files', () => {
    const build = () => buildFatImage('CIDATA', [file('meta-data', 20), file('user-data', 3000)]);
    expect(build()).toEqual(build());
  });

  it('holds four files of 1 MiB', () => {
    const names = ['meta-data', 'user-data', 'vendor-data', 'network-config'];
    const image = buildFatImage(
      'CIDATA',
      names.map(name => file(name, 1024 * 1024)),
    );
    const ends = image.parts.map(({ offset, bytes }) => offset + bytes.length);
    expect(Math.max(...ends)).toBeLessThanOrEqual(image.fileSizeBytes);
  });

  it('refuses files that do not fit, and takes those that just do', () => {
    expect(() => buildFatImage('CIDATA', [file('user-data', FAT_CAPACITY_BYTES)])).not.toThrow();
    expect(() =>
      buildFatImage('CIDATA', [file('user-data', FAT_CAPACITY_BYTES - 511), file('meta-data', 512)]),
    ).toThrow(
      new RangeError(
        `the files take ${FAT_CAPACITY_BYTES + 512} bytes, wanted at most ${FAT_CAPACITY_BYTES}`,
      ),
    );
  });
});
