import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeedError } from '../../cloudinit-server/errors.ts';
import { parseRequestPath, readPath } from '../../cloudinit-server/request-path.ts';
import { SEED_FILES } from '../../cloudinit-server/seed-files.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

describe('parseRequestPath()', () => {
  it.each([
    ['/vm1/meta-data', 'vm1', 'meta-data'],
    ['/lab/vm1/user-data', 'lab/vm1', 'user-data'],
    ['/meta-data', '.', 'meta-data'],
    ['//lab///vm1//vendor-data//', 'lab/vm1', 'vendor-data'],
    ['/vm1/network-config?x=1&y=/../', 'vm1', 'network-config'],
    ['/vm1meta-data', 'vm1', 'meta-data'],
    ['/lab/vm1user-data', 'lab/vm1', 'user-data'],
    ['/_default/user-data', '_default', 'user-data'],
    ['/my%20vm/user-data', 'my vm', 'user-data'],
    ['/b%C3%BCcher/user-data', 'bücher', 'user-data'],
    ['http://10.77.0.1:8000/vm1/meta-data', 'vm1', 'meta-data'],
    ['/lab/healthz/meta-data', 'lab/healthz', 'meta-data'],
  ])('reads %s', (target, seedPath, file) => {
    expect(parseRequestPath(target)).toEqual({ kind: 'path', seedPath, file });
  });

  it.each([
    '/-/vm/T0-k_n/user-data',
    '//-//vm//T0-k_n//user-data/',
    '/-/vm/T0-k_nuser-data',
    '/%2D/v%6D/T0-k_n/user-data',
  ])('reads %s as a file of a registered VM', target => {
    expect(parseRequestPath(target)).toEqual({ kind: 'vm', token: 'T0-k_n', file: 'user-data' });
  });

  it.each([
    '/-/vm/user-data',
    '/-/vm/a/b/user-data',
    '/-/user-data',
    '/-/other/a/user-data',
    '/-%2Fvm%2Fa/user-data',
  ])("refuses %s, which is nobody's", target => {
    expect(() => parseRequestPath(target)).toThrow('Cannot serve');
  });

  it('refuses a folder that the server has another use for', () => {
    expect(() => parseRequestPath('/readyz/meta-data')).toThrow('it names a folder that cannot be a seed');
  });

  it('refuses a long target by its own code', () => {
    expect(() => parseRequestPath(`/${'x'.repeat(2048)}`)).toThrow(
      expect.objectContaining({ code: 'request-path-too-long' }),
    );
  });

  it('gives a path of plain folder names or a SeedError, whatever it is fed', () => {
    const piece = fc.constantFrom(
      '/',
      '..',
      '.',
      '%2e',
      '%2F',
      '%5c',
      '\\',
      '%00',
      '%',
      'a',
      'ä',
      '?',
      '#',
      ';',
      ' ',
    );
    const target = fc
      .array(fc.oneof(piece, fc.string(), fc.constantFrom(...SEED_FILES)))
      .map(parts => parts.join(''));
    fc.assert(
      fc.property(target, text => {
        try {
          const asked = parseRequestPath(`/${text}`);
          const seedPath = asked.kind === 'path' ? asked.seedPath : 'a token is no path';
          expect(
            seedPath === '.' || seedPath.split('/').every(name => /^[^./\\\0][^/\\\0]*$/.test(name)),
          ).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SeedError);
        }
      }),
      { numRuns: fuzzRuns(2000) },
    );
  });
});

describe('readPath()', () => {
  it('leaves the query out, as it may carry a token', () => {
    expect(readPath('/vm1/user-data?t=secret#x')).toBe('/vm1/user-data');
  });

  it.each([
    '/-/vm/SECRET/user-data',
    '//%2d//vm/SECRET',
    '/-%2fvm%2FSECRET%2fuser-data',
    '/-/events/SECRET',
    '/-/vm//SECRET',
  ])('hides the token in %s', target => {
    expect(readPath(target)).not.toContain('SECRET');
    expect(readPath(target)).toContain('<token>');
  });

  it('hides nothing else', () => {
    expect(readPath('/vm1/-/vm/x')).toBe('/vm1/-/vm/x');
  });
});
