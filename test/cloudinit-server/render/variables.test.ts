import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { maskVariables, unmaskVariables } from '../../../cloudinit-server/render/mask-variables.ts';
import {
  findVariableUses,
  isVariableValue,
  replaceVariables,
  VARIABLES,
} from '../../../cloudinit-server/render/variables.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const replace = (text: string, values: Readonly<Record<string, string>> = {}) => {
  const { body, missing } = replaceVariables(Buffer.from(text), name => values[name]);
  return { text: body.toString(), missing };
};

describe('replaceVariables()', () => {
  it('replaces known names and nothing else', () => {
    const text = 'a@{vm.name}b {{vm.name}} @{x} @{vm.nope} @{ vm.name } @@{vm.name}} @{vm.name';
    expect(replace(text, { 'vm.name': 'alice' })).toEqual({
      text: 'aaliceb {{vm.name}} @{x} @{vm.nope} @{ vm.name } @alice} @{vm.name',
      missing: [],
    });
  });

  it('leaves what has no value, and says so once', () => {
    expect(replace('@{vm.uuid} @{vm.mac} @{vm.uuid}', {})).toEqual({
      text: '@{vm.uuid} @{vm.mac} @{vm.uuid}',
      missing: ['vm.uuid', 'vm.mac'],
    });
  });

  it('does not replace what it has put in', () => {
    expect(replace('@{vm.name}', { 'vm.name': '@{vm.seed}', 'vm.seed': 'x' }).text).toBe('@{vm.seed}');
  });

  it('keeps every other byte, be it text or not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (before, after) => {
        const body = Buffer.concat([before, Buffer.from('@{vm.name}'), after]);
        const expected = Buffer.concat([before, Buffer.from('bücher'), after]);
        expect(replaceVariables(body, () => 'bücher').body).toEqual(expected);
      }),
    );
  });
});

describe('findVariableUses()', () => {
  it('finds unknown names of ours too, with their places', () => {
    expect(findVariableUses('x @{vm.name} @{server.nope} @{other.x} @{vm.}')).toEqual([
      { name: 'vm.name', offset: 2 },
      { name: 'server.nope', offset: 13 },
    ]);
  });
});

describe('maskVariables()', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom(...VARIABLES.map(name => `@{${name}}`)));

  it('is undone by unmaskVariables(), and keeps lines and columns', () => {
    fc.assert(
      fc.property(fc.array(part), parts => {
        const text = parts.join('');
        const masked = maskVariables(text);
        expect(masked).toHaveLength(text.length);
        expect(unmaskVariables(masked)).toBe(text);
      }),
    );
  });

  it('makes YAML of what is none', () => {
    const text = 'hostname: @{vm.name}\nlist: [@{vm.seed}, "@{server.url}/x"]\n';
    expect(() => parse(text)).toThrow();
    expect(Object.keys(parse(maskVariables(text)))).toEqual(['hostname', 'list']);
  });
});

describe('isVariableValue()', () => {
  it.each(['alice', 'lab/vm-1', '007', '52:54:00:aa:bb:cc', 'job/dispatch-1.2_x', 'Bücher', 'a@b'])(
    'takes %j',
    value => expect(isVariableValue(value)).toBe(true),
  );

  it.each(['', 'a b', 'a:', '-x', '@x', '"', "a'b", 'a#b', 'a\nb', '{a', 'a,b', '*a', '&a', '!a', '%a', '|'])(
    'refuses %j',
    value => expect(isVariableValue(value)).toBe(false),
  );

  it('takes nothing that would end the YAML around it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\wé@.:/+=~ #,'"[\]{}|>&*!%-]{1,8}$/u), value => {
        if (!isVariableValue(value)) return;
        for (const [text, expected] of [
          [`a: x${value}\nb: c`, { a: `x${value}`, b: 'c' }],
          [`a: [x${value}, d]`, { a: [`x${value}`, 'd'] }],
          [`a: "${value}"`, { a: value }],
          [`a: '${value}'`, { a: value }],
          [`a: ${value}\nb: c`, { a: expect.anything(), b: 'c' }],
        ] as const) {
          expect(parse(text, { version: '1.1' })).toEqual(expected);
        }
      }),
      { numRuns: fuzzRuns(500) },
    );
  });
});
