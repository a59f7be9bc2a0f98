import { describe, expect, it } from 'vitest';
import { pickUnusedMac } from '../../../cli/template/unused-mac.ts';
import { deriveMacAddress } from '../../../qemu/mac-address.ts';

describe('pickUnusedMac()', () => {
  it('derives the address from the identity', () => {
    expect(pickUnusedMac('default/a/vm/vm/0', [])).toBe(deriveMacAddress('default/a/vm/vm/0', 0));
  });

  it('draws until it finds one that nobody has, however it is spelled', () => {
    const derived = deriveMacAddress('x', 0);
    const draws = [0x01_02_03, 0xff_00_01];
    const texts = [`mac = "${derived.toUpperCase()}"`, 'mac=52-54-00-01-02-03'];
    expect(pickUnusedMac('x', texts, () => draws.shift() ?? 0)).toBe('52:54:00:ff:00:01');
  });
});
