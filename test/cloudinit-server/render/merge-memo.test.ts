import { describe, expect, it } from 'vitest';
import { SeedError } from '../../../cloudinit-server/errors.ts';
import { createMergeMemo } from '../../../cloudinit-server/render/merge-memo.ts';
import { putUnder } from '../../../cloudinit-server/render/put-under.ts';

const layer = (path: string, text: string) => ({ kind: 'read', path, body: Buffer.from(text) }) as const;

function open() {
  let merges = 0;
  const merge = createMergeMemo((stronger, weaker) => {
    merges += 1;
    return putUnder(stronger, weaker);
  });
  return { merge, merges: () => merges };
}

describe('createMergeMemo()', () => {
  it('merges the same contents once, and others anew', () => {
    const { merge, merges } = open();
    const read = (own: string, all: string) =>
      merge([layer('vm', own), layer('_default', all)]).body?.toString();
    for (let round = 0; round < 3; round += 1) expect(read('a: 1\n', 'b: 2\n')).toBe('a: 1\nb: 2\n');
    expect(merges()).toBe(1);
    expect(read('a: 1\n', 'b: 3\n')).toBe('a: 1\nb: 3\n');
    // The same bytes, parted elsewhere.
    expect(read('a: 1\nb: 2\n', '')).toBe('a: 1\nb: 2\n');
    expect(merges()).toBe(3);
  });

  it('keeps what is used, and forgets the rest', () => {
    const { merge, merges } = open();
    const used = [layer('vm', 'a: 1\n'), layer('_default', 'b: 2\n')];
    for (let index = 0; index < 1000; index += 1) {
      merge([layer('vm', `a: ${index + 2}\n`), layer('_default', 'b: 2\n')]);
      merge(used);
    }
    expect(merges()).toBe(1001);
  });

  it('never keeps what could not be read', () => {
    const { merge } = open();
    const error = new SeedError('seed-file-unreadable', 'Cannot read it');
    const broken = { kind: 'unreadable', path: '_default', error } as const;
    expect(merge([layer('vm', 'a: 1\n'), broken]).notes).toHaveLength(1);
    expect(merge([layer('vm', 'a: 1\n'), layer('_default', 'b: 2\n')]).notes).toEqual([]);
  });
});
