import { describe, expect, it } from 'vitest';
import { compareHostKeys } from '../../../../cloudinit-server/admin/page/compare-host-keys.ts';

const key = (algorithm: string, fingerprint: string) => ({ algorithm, fingerprint });
const driver = (...host_keys: readonly ReturnType<typeof key>[]) => {
  return { reported_at: '2026-01-31T12:00:00.000Z', address: null, console_tail: null, host_keys };
};

describe('compareHostKeys()', () => {
  it('puts what the VM told beside what its console printed, kind by kind', () => {
    const told = [key('ssh-rsa', 'A'), key('ssh-ed25519', 'B')];
    expect(
      compareHostKeys({ host_keys: told, driver: driver(key('ssh-ed25519', 'C'), key('ecdsa', 'D')) }),
    ).toEqual([
      { algorithm: 'ssh-rsa', told: 'A', printed: undefined },
      { algorithm: 'ssh-ed25519', told: 'B', printed: 'C' },
      { algorithm: 'ecdsa', told: undefined, printed: 'D' },
    ]);
  });

  it('has nothing to say of a VM without keys', () => {
    expect(compareHostKeys({ host_keys: [], driver: null })).toEqual([]);
    expect(compareHostKeys({ host_keys: [], driver: driver() })).toEqual([]);
  });
});
