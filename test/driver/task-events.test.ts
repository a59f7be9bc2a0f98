import { describe, expect, it } from 'vitest';
import { TaskEvents } from '../../driver/task-events.ts';

function event(message: string) {
  return { taskId: 't', allocId: 'a', taskName: 'vm', at: new Date(0), message, annotations: {} };
}

describe('TaskEvents', () => {
  it('delivers what happened before anybody listened, in order', async () => {
    const events = new TaskEvents();
    events.emit(event('one'));
    events.emit(event('two'));
    const stream = events.stream(new AbortController().signal);
    expect((await stream.next()).value?.message).toBe('one');
    expect((await stream.next()).value?.message).toBe('two');
  });

  it('wakes a waiting listener', async () => {
    const events = new TaskEvents();
    const next = events.stream(new AbortController().signal).next();
    events.emit(event('late'));
    expect((await next).value?.message).toBe('late');
  });

  it('ends when the listener goes away', async () => {
    const events = new TaskEvents();
    const listener = new AbortController();
    const next = events.stream(listener.signal).next();
    listener.abort();
    expect((await next).done).toBe(true);
  });

  it('keeps the newest thousand when nobody listens', async () => {
    const events = new TaskEvents();
    for (let index = 0; index < 1_500; index += 1) events.emit(event(String(index)));
    const first = await events.stream(new AbortController().signal).next();
    expect(first.value?.message).toBe('500');
  });
});
