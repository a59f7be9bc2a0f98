import { describe, expect, it } from 'vitest';
import { hasMagicCookie, renderHandshake } from '../../driver/handshake.ts';

describe('hasMagicCookie()', () => {
  it('is false for a person and for another value', () => {
    expect(hasMagicCookie({})).toBe(false);
    expect(hasMagicCookie({ NOMAD_PLUGIN_MAGIC_COOKIE: 'x' })).toBe(false);
  });
});

describe('renderHandshake()', () => {
  it('has six fields, the last one empty', () => {
    expect(renderHandshake('/tmp/p.sock')).toBe('1|2|unix|/tmp/p.sock|grpc|\n');
  });
});
