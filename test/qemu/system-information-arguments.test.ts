import { describe, expect, it } from 'vitest';
import { findSystemInformation, takeSystemNames } from '../../qemu/system-information-arguments.ts';

describe('findSystemInformation()', () => {
  it.each(['type=1', 'type=01', 'type=0x1'])('finds table %s, wherever it says so', type => {
    const args = ['-snapshot', '--smbios', `manufacturer=A,,B=C,${type},serial=S`];
    expect(findSystemInformation(args)).toEqual([
      {
        index: 2,
        fields: new Map([
          ['manufacturer', 'A,B=C'],
          ['serial', 'S'],
        ]),
      },
    ]);
  });

  it('leaves other tables, files and words of other flags alone', () => {
    const others = ['-smbios', 'type=2,serial=S', '-smbios', 'file=/t', '-name', 'type=1', '-smbios'];
    expect(findSystemInformation(others)).toEqual([]);
  });
});

describe('takeSystemNames()', () => {
  it('takes flag and value, and of two the later for each field', () => {
    const args = ['-smbios', 'type=1,product=P,sku=K', '-snapshot', '-smbios', 'type=1,product=Q'];
    expect(takeSystemNames(args)).toEqual({ names: { product: 'Q', sku: 'K' }, others: ['-snapshot'] });
  });
});
