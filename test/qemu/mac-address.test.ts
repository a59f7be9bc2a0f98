import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveMacAddress, parseMacAddress } from '../../qemu/mac-address.ts';

describe('parseMacAddress()', () => {
  it.each(['52:54:84:BA:49:01', '52-54-84-ba-49-01', '52:54:84:ba:49:01'])('reads "%s"', text => {
    expect(parseMacAddress(text)).toBe('52:54:84:ba:49:01');
  });

  it.each([
    ['', 'six hexadecimal pairs'],
    ['52:54:84:ba:49', 'six hexadecimal pairs'],
    ['52:54:84:ba:49:01:02', 'six hexadecimal pairs'],
    ['52:54-84:ba-49:01', 'six hexadecimal pairs'],
    ['52:54:84:ba:49:0g', 'six hexadecimal pairs'],
    ['52:54:84:ba:49:01\n', 'six hexadecimal pairs'],
    ['00:00:00:00:00:00', 'all zero'],
    ['FF:ff:ff:ff:ff:ff', 'broadcast'],
    ['53:54:84:ba:49:01', 'unicast'],
    ['01-00-5e-00-00-01', 'unicast'],
  ])('refuses "%s", telling that it must be %s', (text, reason) => {
    expect(() => parseMacAddress(text)).toThrow(reason);
    expect(() => parseMacAddress(text)).toThrow(`"${text}"`);
  });
});

describe('deriveMacAddress()', () => {
  it('keeps giving the address that reservations were written for', () => {
    const digest = createHash('sha256').update('mac:default/web/vm/vm/0:0').digest();
    expect(digest.subarray(0, 3).toString('hex')).toBe('fd8859');
    expect(deriveMacAddress('default/web/vm/vm/0', 0)).toBe('52:54:00:fd:88:59');
  });

  it('always gives an address that parseMacAddress() takes', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(12), (identity, index) => {
        const macAddress = deriveMacAddress(identity, index);
        expect(parseMacAddress(macAddress)).toBe(macAddress);
      }),
    );
  });

  it('tells NICs and VMs apart', () => {
    const all = ['a', 'b'].flatMap(identity => [0, 1, 2].map(index => deriveMacAddress(identity, index)));
    expect(new Set(all).size).toBe(6);
  });
});
