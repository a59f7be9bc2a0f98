import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { judgeAll } from './judge.ts';

const FILES = ['meta-data', 'user-data', 'vendor-data', 'network-config'] as const;

/** Pieces of seeds, put together at random: most texts of random characters are no YAML worth checking. */
const PIECES = [
  '#cloud-config\n',
  '## template: jinja\n',
  '{{ v1.region }}',
  '{% if x %}',
  '{{',
  '%}',
  'users',
  'default',
  'name',
  'runcmd',
  'ssh_authorized_keys',
  'chpasswd',
  'list',
  'write_files',
  'permissions',
  '0644',
  ': ',
  ':\n',
  '\n',
  '  ',
  '- ',
  '&a ',
  '*a',
  '<<: ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  "'",
  '|\n',
  '!!binary ',
  '!!set ',
  '? ',
  '~',
  'version: 2\n',
  'ethernets',
  'routes',
  'to',
  'match',
  'macaddress',
  '52:54:00:12:34:56',
  'instance-id: a\n',
  '__proto__',
  'constructor',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI',
  '\t',
  '\r\n',
  'hostname',
  'passwd',
  'null',
  '2026-01-01',
  '-----BEGIN PRIVATE KEY-----',
];

function judgeEverywhere(content: Buffer): void {
  const findings = judgeAll(Object.fromEntries(FILES.map(file => [file, content])));
  const lines = content.toString('utf8').split('\n').length;
  for (const finding of findings) {
    expect(finding.line).toBeGreaterThanOrEqual(1);
    expect(finding.line).toBeLessThanOrEqual(lines);
    expect(finding.column).toBeGreaterThanOrEqual(1);
    expect(finding.message).not.toBe('');
  }
}

describe('validateSeed() of anything', () => {
  it('never throws on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => judgeEverywhere(Buffer.from(bytes))),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('never throws on what resembles a seed', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map(pieces => pieces.join(''));
    const header = fc.constantFrom('', '#cloud-config\n', '## template: jinja\n#cloud-config\n');
    fc.assert(
      fc.property(header, text, (first, rest) => judgeEverywhere(Buffer.from(first + rest))),
      { numRuns: fuzzRuns(1500) },
    );
  });

  it('never throws on any value in any place', () => {
    const keys = fc.constantFrom(
      'users',
      'user',
      'runcmd',
      'bootcmd',
      'write_files',
      'chpasswd',
      'password',
      'ssh_authorized_keys',
      'power_state',
      'hostname',
      'network',
      'instance-id',
      'public-keys',
      'version',
      'config',
      'ethernets',
      'a',
    );
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, 1, 2, -0.5, '', 'default', 'a:b', '0644'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(keys, tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(keys, value, { maxKeys: 4 }), config =>
        judgeEverywhere(Buffer.from(`#cloud-config\n${JSON.stringify(config)}\n`)),
      ),
      { numRuns: fuzzRuns(500) },
    );
  });

  it.each([
    ['brackets of templates', '## template: jinja\n#cloud-config\n', '{{'],
    ['statements that never end', '## template: jinja\n#cloud-config\n', '{% for '],
    ['expressions', '## template: jinja\n#cloud-config\n', '{{ x }}'],
    ['tabs in a comment', '#cloud-config\n#', '\t'],
    ['tabs in quotes', '#cloud-config\na: [', '"\t",'],
    ['slashes of a command', '#cloud-config\nruncmd: [";', '/;'],
    ['commands that are maps', '#cloud-config\nruncmd:\n', '- a: b\n'],
    ['unknown keys', '#cloud-config\n', () => `k${counter++}: 1\n`],
    ['private keys', '#!/bin/sh\n', '-----BEGIN PRIVATE KEY-----\n'],
    ['blanks before the header', '', ' '],
    ['references', '#cloud-config\na: &a 1\nb:\n', '- *a\n'],
  ])('comes to an end of 64 KiB of %s', (_name, start, piece) => {
    let text = start;
    while (text.length < 64 * 1024) text += typeof piece === 'string' ? piece.repeat(64) : piece();
    judgeEverywhere(Buffer.from(text));
  });
});

let counter = 0;
