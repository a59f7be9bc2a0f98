// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL's own.
import { describe, expect, it } from 'vitest';
import { isUnresolved, resolveReferences } from '../../../cli/hcl/references.ts';
import { collectReferences } from '../../../cli/hcl/variables.ts';

describe('resolveReferences()', () => {
  const known = new Map<string, unknown>([['var.cpus', 2], ['var.name', 'alice'], ['var.list', ['a']]]); // biome-ignore format: one line

  it('keeps the type of a value that is one reference', () => {
    expect(resolveReferences({ a: '${var.cpus}', b: ['${var.list}'] }, known)).toEqual({ a: 2, b: [['a']] });
  });

  it('fills references into a text', () => {
    expect(resolveReferences('x-${var.name}-${var.cpus}', known)).toBe('x-alice-2');
  });

  it('leaves alone what it does not know', () => {
    expect(resolveReferences('${node.unique.name}-${var.name}', known)).toBe('${node.unique.name}-alice');
    expect(resolveReferences('${upper(var.name)}', known)).toBe('${upper(var.name)}');
  });
});

describe('isUnresolved()', () => {
  it('finds templates at any depth', () => {
    expect(isUnresolved({ a: [{ b: 'x${y}' }] })).toBe(true);
    expect(isUnresolved('%{if a}b%{endif}')).toBe(true);
    expect(isUnresolved({ a: ['$x', 5, null] })).toBe(false);
  });
});

describe('collectReferences()', () => {
  const file = {
    variable: {
      image: [{ type: '${string}', default: 'a.img' }],
      args: [{ type: '${list(string)}' }],
      open: [{}],
    },
    locals: [{ disk: '/srv/${var.image}' }],
  };

  it('takes defaults and locals', () => {
    const known = collectReferences(file, new Map());
    expect([...known]).toEqual([['var.image', 'a.img'], ['local.disk', '/srv/a.img']]); // biome-ignore format: one line
  });

  it('prefers what was given, and reads lists as JSON', () => {
    const known = collectReferences(file, new Map([['image', 'b.img'], ['args', '["-s"]']])); // biome-ignore format: one line
    expect(known.get('local.disk')).toBe('/srv/b.img');
    expect(known.get('var.args')).toEqual(['-s']);
  });
});
