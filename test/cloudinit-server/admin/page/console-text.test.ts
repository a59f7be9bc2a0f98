import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConsoleText } from '../../../../cloudinit-server/admin/page/console-text.ts';

describe('readConsoleText()', () => {
  it.each([
    ['colours', '[\u001b[0;32m  OK  \u001b[0m] Started', '[  OK  ] Started'],
    ['cursor moves', '\u001b[2J\u001b[1;1Hlogin:\u001b[K', 'login:'],
    ['titles of windows', 'a\u001b]0;rm -rf /\u0007b', 'ab'],
    ['line ends of terminals', 'one\r\ntwo\r\r\n', 'one\ntwo'],
    ['bars of progress', '10%\r50%\r100%\ndone', '100%\ndone'],
    ['corrected typing', 'rooz\bt', 'root'],
    ['bells and other controls', 'a\u0007\u0000\u0085b\u007f', 'ab'],
    ['other strings', 'a\u001bPq#0\u001b\\b\u009dx\u009cc\u001b_x\u001b\\d', 'abcd'],
    ['functions of other kinds', 'a\u001b(Bb\u001b7c\u001bMd', 'abcd'],
    ['strings without an end, up to that of their line', 'a\u001b]0;b\nc', 'a\nc'],
    ['sequences that are cut off', 'a\u001b[38;5', 'a'],
  ])('takes out %s', (_name, bytes, text) => expect(readConsoleText(bytes)).toBe(text));

  it('leaves tabs, blank lines between and letters of all languages', () => {
    expect(readConsoleText('\n\na\tb\n\nü日本\n\n')).toBe('a\tb\n\nü日本');
  });

  it.each(['\u001b]', '\u001b]a;', '\u001b[1;', '\u001b]8;;', '\r\b', '\u001b('])(
    'comes to an end of much of %j',
    bytes => {
      const text = `${bytes.repeat(100_000)}\nend`;
      expect(readConsoleText(text)).toContain('end');
    },
  );

  it('makes a recorded console readable', () => {
    const file = new URL('../../../fixtures/cloud-init/trixie-25.1.4-ok.console', import.meta.url);
    const text = readConsoleText(readFileSync(file, 'utf8'));
    expect(text).toMatch(/^[^\p{Cc}]*(?:[\t\n][^\p{Cc}]*)*$/u);
    expect(text).toContain('-----BEGIN SSH HOST KEY KEYS-----\n');
  });
});
