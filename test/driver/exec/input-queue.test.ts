import { describe, expect, it } from 'vitest';
import { InputQueue } from '../../../driver/exec/input-queue.ts';

describe('InputQueue', () => {
  it('gives all that waits in one piece, then its end', async () => {
    const queue = new InputQueue(100);
    await queue.push(Buffer.from('a'));
    await queue.push(Buffer.from('b'));
    expect((await queue.take())?.toString()).toBe('ab');
    const taking = queue.take();
    await queue.push(Buffer.from('c'));
    queue.end();
    expect((await taking)?.toString()).toBe('c');
    expect(await queue.take()).toBeUndefined();
  });

  it('lets the sender wait while it is full', async () => {
    const queue = new InputQueue(2);
    const events: string[] = [];
    const pushing = queue.push(Buffer.from('abc')).then(() => events.push('pushed'));
    await Promise.resolve();
    events.push('taking');
    await queue.take();
    await pushing;
    expect(events).toEqual(['taking', 'pushed']);
  });
});
