import { describe, expect, it } from 'vitest';
import { parseSuperblock } from './file-system-check.ts';

const render = (features: string, state: string) =>
  `Filesystem volume name:   root\nFilesystem features:      ${features}\nFilesystem state:         ${state}\n`;

describe('parseSuperblock()', () => {
  it('reads one that was unmounted', () => {
    const text = render('has_journal ext_attr extent', 'clean');
    expect(parseSuperblock(text)).toEqual({ hasJournal: true, state: 'clean', needsRecovery: false });
  });

  it('sees that a journal has to be replayed', () => {
    const text = render('has_journal ext_attr needs_recovery extent', 'clean');
    expect(parseSuperblock(text)).toMatchObject({ needsRecovery: true });
  });

  it('reads one without a journal that was mounted', () => {
    const text = render('ext_attr extent', 'not clean');
    expect(parseSuperblock(text)).toEqual({ hasJournal: false, state: 'not clean', needsRecovery: false });
  });

  it('refuses anything else', () => {
    expect(() => parseSuperblock('Bad magic number')).toThrow('Cannot read a superblock');
  });
});
