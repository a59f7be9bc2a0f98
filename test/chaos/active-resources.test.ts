import { describe, expect, it } from 'vitest';
import { countKinds } from './active-resources.ts';

describe('countKinds()', () => {
  it('counts each kind, in the order of the alphabet', () => {
    const counted = countKinds(['Timeout', 'PipeWrap', 'Timeout']);
    expect(Object.entries(counted)).toEqual([
      ['PipeWrap', 1],
      ['Timeout', 2],
    ]);
  });

  it('refuses what is no list', () => {
    expect(() => countKinds({})).toThrow('they are no list');
  });
});
