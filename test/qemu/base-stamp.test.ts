import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeStamp, isSameBase, parseBaseStamp, readBaseStamp } from '../../qemu/base-stamp.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'base-stamp-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('readBaseStamp()', () => {
  it('survives being written down', async () => {
    const path = join(dir, 'short');
    writeFileSync(path, 'abc');
    utimesSync(path, 1.5, 1.5);
    const stamp = await readBaseStamp(path);
    expect(parseBaseStamp(JSON.stringify(stamp))).toEqual(stamp);
    expect(describeStamp(stamp)).toBe('3 bytes of 1970-01-01T00:00:01.500Z');
    expect(isSameBase(stamp, { ...stamp, path: 'elsewhere' })).toBe(true);
    expect(isSameBase(stamp, { ...stamp, modifiedNs: '1' })).toBe(false);
  });
});

describe('parseBaseStamp()', () => {
  it.each(['', 'x', 'null', '{}', '{"path":"a","sizeBytes":1,"modifiedNs":"x","headSha256":""}'])(
    'takes "%s" for none',
    text => expect(parseBaseStamp(text)).toBeUndefined(),
  );
});
