import { describe, expect, it } from 'vitest';
import { ChangeQueue } from '../../../cloudinit-server/seed-check/change-queue.ts';

const TIMES = { quietMs: 20, longestWaitMs: 200, allMs: 60_000 };
const never = new AbortController().signal;

describe('ChangeQueue', () => {
  it('makes one change of many that come together', async () => {
    const queue = new ChangeQueue(TIMES);
    queue.add('a');
    const taken = queue.take(never);
    queue.add('b');
    queue.add('a');
    expect(await taken).toEqual({ kind: 'some', seedPaths: ['a', 'b'] });
  });

  it('hands out what goes on for long', async () => {
    const queue = new ChangeQueue({ ...TIMES, longestWaitMs: 60 });
    const busy = setInterval(() => queue.add('a'), 5);
    expect(await queue.take(never)).toEqual({ kind: 'some', seedPaths: ['a'] });
    clearInterval(busy);
  });

  it('keeps what comes while nobody waits', async () => {
    const queue = new ChangeQueue(TIMES);
    queue.add('a');
    await queue.take(never);
    queue.add('b');
    expect(await queue.take(never)).toEqual({ kind: 'some', seedPaths: ['b'] });
  });

  it('asks for everything when it is told to, and from time to time', async () => {
    const queue = new ChangeQueue({ ...TIMES, allMs: 30 });
    queue.add('a');
    queue.add(undefined);
    expect(await queue.take(never)).toEqual({ kind: 'all' });
    expect(await queue.take(never)).toEqual({ kind: 'all' });
  });

  it('waits no longer when it is to end', async () => {
    const stop = new AbortController();
    const taken = new ChangeQueue(TIMES).take(stop.signal);
    stop.abort();
    expect(await taken).toEqual({ kind: 'some', seedPaths: [] });
  });
});
