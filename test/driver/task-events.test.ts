import { describe, expect, it } from 'vitest';
import { TaskEvents } from '../../driver/task-events.ts';

function event(message: string) {
  return { taskId: 't', allocId: 'a', taskName: 'vm', at: new Date(0), message, annotations: {} };
}

/** Events of an agent that knows the task. */
function admittingEvents(): TaskEvents {
  const events = new TaskEvents();
  events.admit('t');
  return events;
}

describe('TaskEvents', () => {
  it("keeps a task's events until the agent knows the task", async () => {
    const events = new TaskEvents();
    events.emit(event('while it was away'));
    events.emit({ ...event('of another'), taskId: 'other' });
    events.admit('other');
    const stream = events.stream(new AbortController().signal);
    expect((await stream.next()).value?.message).toBe('of another');
    const next = stream.next();
    events.admit('t');
    expect((await next).value?.message).toBe('while it was away');
    events.dismiss('t');
    events.emit(event('while it was away again'));
    events.emit({ ...event('of another again'), taskId: 'other' });
    expect((await stream.next()).value?.message).toBe('of another again');
  });

  it('delivers what happened before anybody listened, in order', async () => {
    const events = admittingEvents();
    events.emit(event('one'));
    events.emit(event('two'));
    const stream = events.stream(new AbortController().signal);
    expect((await stream.next()).value?.message).toBe('one');
    expect((await stream.next()).value?.message).toBe('two');
  });

  it('wakes a waiting listener', async () => {
    const events = admittingEvents();
    const next = events.stream(new AbortController().signal).next();
    events.emit(event('late'));
    expect((await next).value?.message).toBe('late');
  });

  it('ends when the listener goes away', async () => {
    const events = admittingEvents();
    const listener = new AbortController();
    const next = events.stream(listener.signal).next();
    listener.abort();
    expect((await next).done).toBe(true);
  });

  it('keeps the newest thousand when nobody listens', async () => {
    const events = admittingEvents();
    for (let index = 0; index < 1_500; index += 1) events.emit(event(String(index)));
    const first = await events.stream(new AbortController().signal).next();
    expect(first.value?.message).toBe('500');
  });
});
