// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL's own.
import { describe, expect, it } from 'vitest';
import { HclSyntaxError } from '../../../cli/hcl/hcl-syntax-error.ts';
import { parseHcl } from '../../../cli/hcl/parse-hcl.ts';

describe('parseHcl()', () => {
  it('gives values and places', async () => {
    const { value, items } = await parseHcl('a = 1\njob "x" {\n  b = [var.c]\n}');
    expect(value).toEqual({ a: 1, job: { x: [{ b: ['${var.c}'] }] } });
    expect(items.map(item => item.line)).toEqual([1, 2]);
  });

  it.each([
    ['a missing value', 'x = 1\njob "a" {\n  b =\n  c = 1\n}', 3, 'the value of "b" is not valid HCL'],
    ['an operator too many', 'job "a" {\n  group "b" {\n    c = 1 +\n  }\n}', 3, 'the value of "c"'],
    ['an attribute set twice', 'job "a" {\n  b = 1\n  c = 2\n  b = 3\n}', 4, '"b" is already set in line 2'],
    ['a crowded block', 'job "a" {\n  b { c = 1, d = 2 }\n}', 2, 'more than one thing in a line'],
  ])('locates %s', async (_, text, line, message) => {
    let caught: unknown;
    try {
      await parseHcl(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(HclSyntaxError);
    expect(caught).toMatchObject({ line, message: expect.stringContaining(message) });
  });
});
