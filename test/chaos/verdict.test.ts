import { describe, expect, it } from 'vitest';
import { LineJudge } from './verdict.ts';

function judge(...pieces: readonly string[]): LineJudge {
  const lines = new LineJudge();
  for (const piece of pieces) lines.feed(piece);
  return lines;
}

describe('LineJudge', () => {
  it('finds nothing in an unbroken log, wherever it is cut', () => {
    const found = judge('boot\r\nline 1\r\nli', 'ne 2\r\nline 3\r\n');
    expect(found).toMatchObject({ linesLost: 0, linesDoubled: 0, count: 3 });
  });

  it('counts what is missing, at the start too', () => {
    expect(judge('line 2\nline 5\n')).toMatchObject({ linesLost: 3, linesDoubled: 0 });
  });

  it('counts what is there twice', () => {
    const found = judge('line 1\nline 2\nline 1\nline 2\nline 3\n');
    expect(found).toMatchObject({ linesLost: 0, linesDoubled: 2 });
  });

  it('counts what is missing at the end, of a log that stopped half-way', () => {
    const found = judge('line 1\nline 2\nlin');
    found.end(5);
    expect(found).toMatchObject({ linesLost: 3, linesDoubled: 0, last: 2 });
  });

  it('finds nothing missing in a log that reaches the end', () => {
    const found = judge('line 1\nline 2\n');
    found.end(2);
    expect(found.linesLost).toBe(0);
  });
});
