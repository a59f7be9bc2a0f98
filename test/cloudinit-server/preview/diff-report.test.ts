import { describe, expect, it } from 'vitest';
import { diffFile } from '../../../cloudinit-server/preview/diff-report.ts';

const served = (body: string) => ({ body: Buffer.from(body), serverUrl: 'http://x', since: 0 });

describe('diffFile()', () => {
  it('is empty for what is the same', () => {
    expect(diffFile('user-data', served('x'), Buffer.from('x'))).toEqual({
      file: 'user-data',
      state: 'same',
      served_at: '1970-01-01T00:00:00.000Z',
      diff: '',
    });
  });

  it('shows lines with what is around them', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
    const { state, diff } = diffFile(
      'user-data',
      served(lines.join('')),
      Buffer.from(lines.toSpliced(10, 1, 'other\n').join('')),
    );
    expect(state).toBe('changed');
    expect(diff).toBe(`--- user-data as served\t1970-01-01T00:00:00.000Z
+++ user-data now
@@ -8,7 +8,7 @@
 line 7
 line 8
 line 9
-line 10
+other
 line 11
 line 12
 line 13
`);
  });

  it('shows that a secret has changed, and not the secret', () => {
    const config = (password: string) => `#cloud-config\npassword: ${password}\n`;
    const { diff } = diffFile('user-data', served(config('hunter2')), Buffer.from(config('hunter3')));
    expect(diff).toContain('-password: <redacted 1>\n+password: <redacted 2>\n');
    expect(diff).not.toContain('hunter');
  });

  it('is all of it for a VM that never got the file', () => {
    expect(diffFile('user-data', undefined, Buffer.from('x\n'))).toMatchObject({
      state: 'never-served',
      served_at: null,
      diff: expect.stringMatching(/^--- \/dev\/null\n.*\n@@ -0,0 \+1,1 @@\n\+x\n$/),
    });
    expect(diffFile('network-config', undefined, Buffer.from(''))).toMatchObject({ state: 'never-served' });
  });

  it('gives up on texts that have nothing in common', () => {
    const lines = (word: string) => Array.from({ length: 5000 }, (_, index) => `${word}${index}\n`).join('');
    expect(diffFile('user-data', served(lines('a')), Buffer.from(lines('b')))).toMatchObject({
      state: 'changed',
      diff: null,
    });
  });
});
