import { describe, expect, it } from 'vitest';
import { parseByteSize } from '../../../driver/config/byte-size.ts';

describe('parseByteSize()', () => {
  it.each([
    ['20G', 20 * 2 ** 30],
    ['20GiB', 20 * 2 ** 30],
    ['20GB', 20 * 2 ** 30],
    ['1.5T', 1.5 * 2 ** 40],
    ['512M', 512 * 2 ** 20],
    ['0.5K', 512],
  ])('reads %s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', '20', '20g', 'G', '-1G', '0G', '1e3G', '20 G', '0.3K', '999999999T', '20GG', ' 20G'])(
    'refuses %j',
    text => {
      expect(parseByteSize(text)).toBeUndefined();
    },
  );
});
