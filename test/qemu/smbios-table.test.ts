import { describe, expect, it } from 'vitest';
import { buildSystemInformation } from '../../qemu/smbios-table.ts';

const table = buildSystemInformation({
  names: { product: 'PC' },
  serial: 'ds=nocloud;s=http://192.0.2.1:8000/a,b/',
  uuid: '00112233-4455-8677-8899-aabbccddeeff',
});

describe('buildSystemInformation()', () => {
  it('is a table of type 1 and 27 bytes, its strings after it', () => {
    expect([...table.subarray(0, 8)]).toEqual([1, 27, 0x00, 0x01, 1, 2, 0, 3]);
    expect(table.subarray(27).toString()).toBe('QEMU\0PC\0ds=nocloud;s=http://192.0.2.1:8000/a,b/\0\0');
  });

  it('has a manufacturer and more names where they are given, and none for an empty one', () => {
    const named = buildSystemInformation({
      names: { product: 'Rack 2', manufacturer: 'ACME', version: '', sku: 'R-2', family: 'Racks' },
      serial: 'S',
      uuid: '00112233-4455-8677-8899-aabbccddeeff',
    });
    expect([...named.subarray(4, 8), ...named.subarray(25, 27)]).toEqual([1, 2, 0, 3, 4, 5]);
    expect(named.subarray(27).toString()).toBe('ACME\0Rack 2\0S\0R-2\0Racks\0\0');
  });

  it('has the first three fields of the UUID little-endian', () => {
    expect(table.subarray(8, 24).toString('hex')).toBe('33221100554477868899aabbccddeeff');
  });
});
