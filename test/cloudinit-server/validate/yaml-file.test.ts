import { describe, expect, it } from 'vitest';
import { parseYamlFile } from '../../../cloudinit-server/validate/yaml-file.ts';

/** Whether PyYAML 6.0's safe_load takes each of these was tried out. */
describe('parseYamlFile()', () => {
  it.each([
    ['a: 0644\n', { a: 420 }],
    ['a: on\n', { a: true }],
    ['a: 12:30\n', { a: 750 }],
    ['a: 0o644\n', { a: '0o644' }],
    ['a: 1_000\n', { a: 1000 }],
    ['mac: 52:54:00:12:34:56\n', { mac: 41_135_085_296 }],
    ['a: |\n  x\ty\n', { a: 'x\ty\n' }],
    ["a: 'x\ty'\n", { a: 'x\ty' }],
    ['# \tc\na: b\n', { a: 'b' }],
    ['<<: {a: b}\n', { a: 'b' }],
    ['a: &x 1\nb: *x\n', { a: 1, b: 1 }],
    ['\ufeffa: b\n', { a: 'b' }],
    ['a: b\r\nc: d\r\n', { a: 'b', c: 'd' }],
    ['', null],
  ])('reads %j', (text, value) => {
    expect(parseYamlFile(text)).toMatchObject({ value, errors: [] });
  });

  it.each([
    ['a:\tb\n', 1, 3, 'a tab'],
    ['a: b\t\n', 1, 5, 'a tab'],
    ['a: b\tc\n', 1, 5, 'a tab'],
    ['a: [b,\tc]\n', 1, 7, 'a tab'],
    ['a: b\n\t\nc: d\n', 2, 1, 'a tab'],
    ['a:\n\t- b\n', 2, 1, 'a tab'],
    ['a: x: y\n', 1, 4, 'quote the whole value'],
    ['a: @x\n', 1, 4, 'quote it'],
    ['a: !foo b\n', 1, 4, 'quote it'],
    ['a: *x\n', 1, 4, 'quote it'],
    ['a: "x\n', 2, 1, 'closing quote'],
    ['a: 1\n---\nb: 2\n', 2, 1, 'second document'],
    ['a: \x07\n', 1, 4, 'control character'],
    ['a: &x [*x]\n', 1, 1, 'refers to itself'],
  ])('refuses %j', (text, line, column, message) => {
    const { value, errors } = parseYamlFile(text);
    expect(errors).toEqual([
      expect.objectContaining({ line, column, message: expect.stringContaining(message) }),
    ]);
    expect(value).toBeUndefined();
  });

  it('refuses what is nested too deeply', () => {
    const message = expect.stringContaining('nested too deeply');
    for (const text of ['['.repeat(50_000), '- '.repeat(50_000), '{a: '.repeat(50_000)]) {
      expect(parseYamlFile(text)).toMatchObject({ value: undefined, errors: [{ message }] });
    }
  });

  it('goes on after a key that is there twice', () => {
    const file = parseYamlFile('a: 1\nb: 2\na: 3\n');
    expect(file.value).toEqual({ a: 3, b: 2 });
    expect(file.errors).toEqual([expect.objectContaining({ line: 3, column: 1 })]);
    expect(file.locate(['a'], 'value')).toEqual({ line: 3, column: 4 });
  });

  it('locates keys, values, and what is around what is not there', () => {
    const file = parseYamlFile('a:\n  - b: &x\n      c: 1\n  - *x\n');
    expect(file.locate(['a', 0, 'b', 'c'], 'key')).toEqual({ line: 3, column: 7 });
    expect(file.locate(['a', 0, 'b', 'c'], 'value')).toEqual({ line: 3, column: 10 });
    expect(file.locate(['a', 1, 'c'], 'value')).toEqual({ line: 3, column: 10 });
    expect(file.locate(['a', 0, 'nothing'], 'value')).toEqual({ line: 2, column: 5 });
  });
});
