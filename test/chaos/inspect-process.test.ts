import { describe, expect, it } from 'vitest';
import { parseInsides } from './inspect-process.ts';

describe('parseInsides()', () => {
  it('counts each kind of resource and tells the heap in KiB', () => {
    const text = JSON.stringify({ kinds: ['Timeout', 'PipeWrap', 'Timeout'], heapBytes: 20_480 });
    expect(parseInsides(text)).toEqual({ resources: { PipeWrap: 1, Timeout: 2 }, liveHeapKib: 20 });
  });

  it.each(['{}', '[]', '{"kinds":["Timeout"]}'])('refuses %s', text => {
    expect(() => parseInsides(text)).toThrow("Cannot read a process's insides");
  });
});
