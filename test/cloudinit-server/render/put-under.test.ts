import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { putUnder } from '../../../cloudinit-server/render/put-under.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { oddYaml } from '../fakes/odd-yaml.ts';

const key = fc.stringMatching(/^[a-z][a-z_-]{3,8}$/);
const value = fc.jsonValue({ maxDepth: 3 });
const style = fc.constantFrom({ collectionStyle: 'block' } as const, { collectionStyle: 'flow' } as const);
const text = fc
  .tuple(fc.dictionary(key, value, { maxKeys: 6 }), style, fc.constantFrom('', '# comment\n', '---\n'))
  .map(([map, options, prefix]) => ({ map, text: prefix + stringify(map, { version: '1.1', ...options }) }));

describe('putUnder()', () => {
  it('adds what is missing, with its comments', () => {
    const merged = putUnder('b: 1 # mine\n', '# first\na: 0644\n# about b\nb: 2\nc: |+\n  x\n\n\nd: ~\n');
    expect(merged).toEqual({
      kind: 'merged',
      text: 'b: 1 # mine\na: 0644\n# about b\nc: |+\n  x\n\n\nd: ~\n',
    });
  });

  it('ends a last line that has no end', () => {
    expect(putUnder('a: 1', 'b: 2')).toMatchObject({ text: 'a: 1\nb: 2\n' });
  });

  it('takes aliases along with what they mean, or nothing', () => {
    expect(putUnder('a: 1\n', 'k: &x [1]\nl: *x\n')).toMatchObject({ kind: 'merged' });
    expect(putUnder('k: 1\n', 'k: &x [1]\nl: *x\n')).toMatchObject({ kind: 'refused', layer: 'weaker' });
  });

  it('never changes a value of the stronger one, and never a byte of it in lines', () => {
    fc.assert(
      fc.property(text, text, (strong, weak) => {
        const merged = putUnder(strong.text, weak.text);
        // A merge key means something else than a key of that name.
        fc.pre(merged.kind === 'merged' && !merged.text.includes('<<'));
        const result = parse(merged.text, { version: '1.1' }) ?? {};
        // Through JSON, which knows no negative zero.
        const values = (map: unknown) => JSON.parse(JSON.stringify(map));
        expect(values(result)).toEqual(values({ ...weak.map, ...strong.map }));
        if (!strong.text.includes('{')) expect(merged.text.startsWith(strong.text)).toBe(true);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it('merges all that is written plainly', () => {
    const lines = fc.dictionary(key, fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ]{0,20}$/), { minKeys: 1 });
    fc.assert(
      fc.property(lines, lines, (strong, weak) => {
        expect(putUnder(stringify(strong), stringify(weak)).kind).toBe('merged');
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(oddYaml, oddYaml, (strong, weak) => {
        expect(['merged', 'refused']).toContain(putUnder(strong, weak, ['reporting']).kind);
      }),
    );
  });
});
