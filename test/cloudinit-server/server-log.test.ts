import { describe, expect, it } from 'vitest';
import { createJsonLog, renderLogLine } from '../../cloudinit-server/server-log.ts';

describe('renderLogLine()', () => {
  it('keeps a hostile value on its line and away from the terminal', () => {
    const hostile = 'a\n{"level":"info"}\r\u001b[31m\u0085\u009b2J\u2028\u202e\u007fé';
    const line = renderLogLine({ path: hostile });
    expect(line).toMatch(/^[ -~]*\n$/);
    expect(JSON.parse(line)).toEqual({ path: hostile });
  });

  it('shortens a value that a client made long', () => {
    expect(renderLogLine({ path: 'x'.repeat(10_000) }).length).toBeLessThan(600);
  });
});

describe('createJsonLog()', () => {
  it('writes time, level, message and facts', () => {
    const lines: string[] = [];
    const log = createJsonLog(
      line => lines.push(line),
      () => new Date(0),
    );
    log.warn('seed unknown', { seed: 'x', code: undefined });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"seed unknown","seed":"x"}\n',
    ]);
  });
});
