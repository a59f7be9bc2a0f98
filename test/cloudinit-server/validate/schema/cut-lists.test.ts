import { describe, expect, it } from 'vitest';
import { cutLists } from '../../../../cloudinit-server/validate/schema/cut-lists.ts';

describe('cutLists()', () => {
  it.each([
    [['a', 'b'], 100, ['a', 'b']],
    [['a', 'b', 'c'], 3, ['a', 'b']],
    [{ first: ['a', 'b'], second: ['c'] }, 3, { first: ['a'], second: ['c'] }],
    [{ a: 1, b: 2, c: { d: 3 } }, 1, { a: 1, b: 2, c: { d: 3 } }],
    [[['a', 'b'], ['c']], 4, [['a', 'b']]],
    ['text', 1, 'text'],
    [null, 1, null],
  ])('makes of %j, with %d values at most, %j', (value, maxValues, cut) => {
    expect(cutLists(value, maxValues)).toEqual(cut);
  });
});
