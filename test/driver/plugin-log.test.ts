import { describe, expect, it } from 'vitest';
import { describeError, renderLogLine } from '../../driver/plugin-log.ts';

describe('renderLogLine()', () => {
  const time = new Date('2026-11-21T12:00:00.123Z');

  it('gives the time six fractional digits, or the agent would log the whole line raw', () => {
    expect(JSON.parse(renderLogLine('info', 'hello', {}, time))).toEqual({
      '@level': 'info',
      '@message': 'hello',
      '@timestamp': '2026-11-21T12:00:00.123000Z',
    });
  });

  it('lets no fact replace the message: a message that is no string crashes the agent', () => {
    const line = renderLogLine('warn', 'hello', { '@message': 5, pid: 7 }, time);
    expect(JSON.parse(line)).toMatchObject({ '@message': 'hello', pid: 7 });
  });

  it('stays one line whatever a fact holds', () => {
    expect(renderLogLine('warn', 'x', { text: 'a\nb' }, time)).not.toContain('\n');
  });
});

describe('describeError()', () => {
  it('names the whole chain of causes', () => {
    expect(describeError(new Error('outer', { cause: new Error('inner') }))).toMatch(
      /outer.*caused by.*inner/s,
    );
  });
});
