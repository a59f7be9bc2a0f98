import { describe, expect, it } from 'vitest';
import { chooseEnd, countEnds } from './short-life.ts';

describe('chooseEnd()', () => {
  it('has Nomad stop every other one', () => {
    expect(chooseEnd(() => 0.49).how).toBe('job stop');
    expect(chooseEnd(() => 0.5).how).toBe('SIGSEGV');
  });
});

describe('countEnds()', () => {
  it('drops none silently', () => {
    const lives = [
      { how: 'SIGKILL', exitCode: 137, isWrong: false },
      { how: 'job stop', exitCode: 'interrupted', isWrong: false },
      { how: 'SIGKILL', exitCode: 137, isWrong: false },
      { how: 'job stop', exitCode: 137, isWrong: true },
    ] as const;
    expect(countEnds(lives)).toEqual({ 'SIGKILL: 137': 2, 'job stop: interrupted': 1, 'job stop: 137': 1 });
  });
});
