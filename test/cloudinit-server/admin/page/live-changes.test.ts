import { EventEmitter, once } from 'node:events';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { streamChanges } from '../../../../cloudinit-server/admin/page/live-changes.ts';

describe('streamChanges()', () => {
  it('speaks at once, after a change, and now and then without one', async () => {
    await using run = startStream();
    expect(await run.wordsAfter(0)).toEqual(['retry: 3000\n\n', 'data: look\n\n']);
    run.change();
    expect(await run.wordsAfter(999)).toEqual([]);
    expect(await run.wordsAfter(1)).toEqual(['data: look\n\n']);
    expect(await run.wordsAfter(1_000)).toEqual([]);
    expect(await run.wordsAfter(8_999)).toEqual([]);
    expect(await run.wordsAfter(1)).toEqual(['data: look\n\n']);
  });

  it('speaks once a second, however much happens', async () => {
    await using run = startStream();
    await run.wordsAfter(0);
    const words: string[] = [];
    for (let change = 0; change < 100; change += 1) {
      run.change();
      words.push(...(await run.wordsAfter(50)));
    }
    expect(words).toHaveLength(5);
  });

  it('speaks less often when many pages are open', async () => {
    await using run = startStream({ pages: 60 });
    await run.wordsAfter(0);
    run.change();
    expect(await run.wordsAfter(5_999)).toEqual([]);
    expect(await run.wordsAfter(1)).toEqual(['data: look\n\n']);
    expect(await run.wordsAfter(6_000)).toEqual([]);
    expect(await run.wordsAfter(3_999)).toEqual([]);
    expect(await run.wordsAfter(1)).toEqual(['data: look\n\n']);
  });

  it('ends with its signal, and listens to nothing any more', async () => {
    const run = startStream();
    await run.wordsAfter(0);
    expect(run.listeners()).toBe(1);
    await run[Symbol.asyncDispose]();
    expect(run.listeners()).toBe(0);
  });
});

/** A stream on a clock of the test's own. */
function startStream({ pages = 1 } = {}) {
  const events = new EventEmitter();
  const stop = new AbortController();
  let now = 0;
  let words: string[] = [];
  const ended = (async () => {
    const stream = streamChanges({
      subscribe: (signal, callback) => {
        events.on('change', callback);
        signal.addEventListener('abort', () => events.off('change', callback));
      },
      signal: stop.signal,
      countPages: () => pages,
      sleep: async (ms, signal) => {
        for (const end = now + ms; now < end; ) await once(events, 'tick', { signal });
      },
    });
    for await (const word of stream) words.push(word);
  })();
  return {
    change: () => events.emit('change'),
    listeners: () => events.listenerCount('change'),
    wordsAfter: async (ms: number) => {
      now += ms;
      events.emit('tick');
      await letOthersRun();
      const said = words;
      words = [];
      return said;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}
