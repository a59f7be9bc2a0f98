import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { DriverError, type DriverErrorCode } from '../../../driver/errors.ts';
import { statusFromError } from '../../../driver/grpc/status.ts';

const CODES: readonly DriverErrorCode[] = [
  'invalid-task',
  'node-unfit',
  'not-ready',
  'unknown-task',
  'unsupported',
  'vm-failed',
];

describe('statusFromError()', () => {
  it('never uses a status by which the agent would believe the plugin dead', () => {
    for (const code of CODES) {
      const reply = statusFromError(new DriverError(code, 'x'));
      expect([status.UNAVAILABLE, status.CANCELLED, status.OK]).not.toContain(reply.code);
    }
  });

  it('marks only what may pass as worth another try, in the bytes Nomad reads', () => {
    const reply = statusFromError(new DriverError('not-ready', 'later'));
    const [details] = reply.metadata?.get('grpc-status-details-bin') ?? [];
    const url = 'type.googleapis.com/hashicorp.nomad.plugins.shared.structs.RecoverableError';
    const any = Buffer.concat([
      Buffer.from([0x0a, url.length]),
      Buffer.from(url),
      Buffer.from([0x12, 2, 0x08, 1]),
    ]);
    const expected = Buffer.concat([
      Buffer.from([0x08, 9, 0x12, 5]),
      Buffer.from('later'),
      Buffer.from([0x1a, any.length]),
      any,
    ]);
    expect(details).toEqual(expected);
    expect(statusFromError(new DriverError('invalid-task', 'wrong')).metadata).toBeUndefined();
  });

  it('tells the agent nothing of an unexpected error', () => {
    const reply = statusFromError(new Error('secret'));
    expect(reply.code).toBe(status.INTERNAL);
    expect(reply.details).not.toContain('secret');
  });
});
