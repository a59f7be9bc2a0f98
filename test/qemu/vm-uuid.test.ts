import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveUuid } from '../../qemu/vm-uuid.ts';

describe('deriveUuid()', () => {
  it('keeps giving the UUID that a guest knows itself by', () => {
    expect(deriveUuid('default/web/vm/vm/0')).toBe('2bf1e13b-2b1e-8c1c-b16f-9eb2a42153d5');
  });

  it('is always a version 8 UUID of the RFC variant', () => {
    fc.assert(
      fc.property(fc.string(), identity => {
        expect(deriveUuid(identity)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  it('tells VMs apart', () => {
    expect(deriveUuid('a')).not.toBe(deriveUuid('b'));
  });
});
