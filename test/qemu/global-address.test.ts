import { describe, expect, it } from 'vitest';
import { isGlobalUnicast } from '../../qemu/global-address.ts';

describe('isGlobalUnicast()', () => {
  it.each(['10.77.0.56', '192.168.1.1', '172.16.0.1', '198.51.100.1'])('takes %s', address => {
    expect(isGlobalUnicast({ address, family: 4 })).toBe(true);
  });
  it.each(['127.0.0.1', '169.254.1.2', '224.0.0.1', '255.255.255.255', '0.0.0.0'])(
    'leaves %s out',
    address => {
      expect(isGlobalUnicast({ address, family: 4 })).toBe(false);
    },
  );
  it.each(['2001:db8::1', 'fd00::1'])('takes %s', address => {
    expect(isGlobalUnicast({ address, family: 6 })).toBe(true);
  });
  it.each(['::1', '::', 'fe80::1', 'fec0::1', 'ff02::1'])('leaves %s out', address => {
    expect(isGlobalUnicast({ address, family: 6 })).toBe(false);
  });
});
