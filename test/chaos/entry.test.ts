import { describe, expect, it } from 'vitest';
import { parseOptions } from './entry.ts';

const numbers = { guests: { default: 10, max: 50 }, 'warm-up': { default: 5, min: 0 } } as const;

describe('parseOptions()', () => {
  it('has a default for each option', () => {
    expect(parseOptions(numbers, [])).toEqual({
      isHelp: false,
      isJson: false,
      options: { guests: 10, 'warm-up': 5 },
    });
  });

  it('takes numbers and flags', () => {
    expect(parseOptions(numbers, ['--guests', '3', '--warm-up=0', '--json'])).toEqual({
      isHelp: false,
      isJson: true,
      options: { guests: 3, 'warm-up': 0 },
    });
  });

  it.each(['0', '51', '2.5', 'many', ''])('refuses --guests "%s"', text => {
    expect(() => parseOptions(numbers, ['--guests', text])).toThrow('write a whole number from 1 to 50');
  });

  it('takes nothing for no number where 0 is allowed', () => {
    expect(() => parseOptions(numbers, ['--warm-up', ''])).toThrow('write a whole number from 0 to 1000');
  });

  it('refuses options that it does not have', () => {
    expect(() => parseOptions(numbers, ['--rounds', '3'])).toThrow('--rounds');
  });
});
