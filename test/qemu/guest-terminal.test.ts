import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteForShell } from '../../qemu/guest-terminal.ts';

describe('quoteForShell()', () => {
  it('quotes quotes', () => {
    expect(quoteForShell("it's")).toBe("'it'\\''s'");
  });

  it('makes one word of any text', () => {
    // No process can be given a NUL.
    const word = fc.string({ unit: 'binary' }).filter(text => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
        const script = `printf '%s\\0' ${words.map(quoteForShell).join(' ')}`;
        const printed = execFileSync('/bin/sh', ['-c', script]).toString();
        expect(printed.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });
});
