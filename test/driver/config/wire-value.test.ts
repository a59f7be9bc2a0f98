import { readFileSync } from 'node:fs';
import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { decodeWireValue } from '../../../driver/config/wire-value.ts';

/** What Nomad's own encoder (go-cty) made of blocks written in HCL's JSON form: input, error or nil, bytes. */
const vectors = new Map(
  readFileSync(new URL('../../fixtures/cty-vectors.txt', import.meta.url), 'utf8')
    .split('\n')
    .map(line => / <nil> (?<hex>[0-9a-f]+)$/.exec(line))
    .filter(match => match !== null)
    .map(match => [match.input.slice(0, match.index), Buffer.from(match.groups?.hex ?? '', 'hex')]),
);

const nothing = {
  ...{ any: null, b: null, ba: null, bl: [], blk: null, bm: {}, f: null, h: null },
  ...{ l: null, lm: null, m: null, n: null, s: null },
};

function decoded(input: string): unknown {
  const bytes = vectors.get(input);
  if (bytes === undefined) throw new Error(`No vector ${input}`);
  return decodeWireValue(bytes);
}

describe('decodeWireValue()', () => {
  it('reads every vector of the real encoder', () => {
    expect(vectors.size).toBe(11);
    for (const bytes of vectors.values()) expect(decodeWireValue(bytes)).toBeTypeOf('object');
  });

  it('keeps the nils of absent options', () => {
    expect(decoded('{}')).toEqual({ ...nothing, d: 5 });
  });

  it('reads attributes of every type', () => {
    const text = [...vectors.keys()].find(input => input.includes('"lm":[{"http":80}]')) ?? '';
    expect(decoded(text)).toEqual({
      any: { q: [1, 'z'] },
      b: true,
      ba: { A: '1', B: '2' },
      bl: [{ x: '1' }, { x: null }],
      blk: { x: '1' },
      bm: { n1: { x: 'y' } },
      d: 7,
      f: '0.1',
      h: 0.5,
      l: ['x', '1'],
      lm: [{ http: 80 }],
      m: { k: 'v' },
      n: 300,
      s: 'aé',
    });
  });

  it('keeps integers beyond 2^53 exact', () => {
    expect(decoded('{"n":9007199254740993,"f":4294967296,"h":1e30}')).toEqual({
      ...nothing,
      d: 5,
      f: 4294967296,
      h: '1000000000000000000000000000000',
      n: 9007199254740993n,
    });
  });

  it('makes text of byte strings', () => {
    expect(decodeWireValue(encode({ image: new TextEncoder().encode('disk.img') }))).toEqual({
      image: 'disk.img',
    });
  });

  it('takes no bytes as an empty block', () => {
    expect(decodeWireValue(new Uint8Array())).toEqual({});
  });

  it('refuses bytes that end too early', () => {
    expect(() => decodeWireValue(Uint8Array.of(0x81, 0xa1))).toThrow(RangeError);
  });
});
