import { describe, expect, it } from 'vitest';
import { findRung, judgeStop, type StopOutcome } from './stop-outcome.ts';

const disk = { hasJournal: true, state: 'clean', needsRecovery: false, fsckExitCode: 0, lastWritten: 60 };
const clean: StopOutcome = {
  job: 'stop-1',
  isDeaf: false,
  deadlineSeconds: 20,
  seconds: 2.5,
  isLeftRunning: false,
  stopEvents: ['VM ended: stopped by the guest agent after 2.1 s'],
  lastTold: 60,
  disk,
};
const deaf: StopOutcome = {
  ...clean,
  isDeaf: true,
  seconds: 18.4,
  stopEvents: ['VM ended: stopped by telling qemu to quit after 17.1 s; a power cut for the guest'],
  disk: { ...disk, needsRecovery: true, fsckExitCode: 4 },
};

describe('findRung()', () => {
  it('names what ended the VM', () => {
    expect(findRung(clean)).toBe('the guest agent');
    expect(findRung(deaf)).toBe('telling qemu to quit');
    expect(findRung({ ...clean, stopEvents: [] })).toBe('unknown');
  });
});

describe('judgeStop()', () => {
  it('finds nothing in a clean stop, nor in the one power cut of a guest that ignores everything', () => {
    expect([...judgeStop(clean), ...judgeStop(deaf)]).toEqual([]);
  });

  it.each([
    ['a journal to replay', { disk: { ...disk, needsRecovery: true } }, 'not clean'],
    ['a fault in the file system', { disk: { ...disk, fsckExitCode: 4 } }, 'not clean'],
    ['the state of the superblock', { disk: { ...disk, state: 'not clean' } }, 'not clean'],
    ['a file system without a journal', { disk: { ...disk, hasJournal: false } }, 'no journal'],
    [
      'a file that was on the disk and is gone',
      { disk: { ...disk, lastWritten: 57 } },
      'lost files 58 to 60',
    ],
    ['a late end', { seconds: 20.1 }, 'its deadline is 20 s'],
    ['an emulator that is left', { isLeftRunning: true }, 'still runs'],
    ['a second stop', { stopEvents: [...clean.stopEvents, ...clean.stopEvents] }, '2 events'],
    ['no stop at all', { stopEvents: [] }, '0 events'],
  ])('finds %s', (_, change, words) => {
    expect(judgeStop({ ...clean, ...change })).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    ['ended early', { seconds: 9 }, 'long before its deadline'],
    ['did not ignore everything', { stopEvents: clean.stopEvents }, 'yet was stopped by the guest agent'],
    ['has a clean disk all the same', { disk }, 'proves nothing'],
  ])('doubts a guest that is to ignore everything and %s', (_, change, words) => {
    expect(judgeStop({ ...deaf, ...change })).toEqual([expect.stringContaining(words)]);
  });
});
