import { describe, expect, it } from 'vitest';
import { choosesAccelerator } from '../../qemu/chosen-accelerator.ts';

describe('choosesAccelerator()', () => {
  it.each([
    [['-enable-kvm']],
    [['--accel', 'tcg,thread=single']],
    [['-machine', 'accel=tcg']],
    [['-M', 'q35,accel=kvm:tcg']],
  ])('finds the choice in %j', args => {
    expect(choosesAccelerator(args)).toBe(true);
  });

  it.each([[[]], [['-machine', 'q35,usb=on']], [['-name', 'accel=tcg']], [['-machine', 'q35,x-accel=1']]])(
    'finds none in %j',
    args => {
      expect(choosesAccelerator(args)).toBe(false);
    },
  );
});
