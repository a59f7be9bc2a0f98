import { describe, expect, it } from 'vitest';
import { planSsh, type SshFacts } from '../../../cloudinit-server/admin/ssh-target.ts';
import type { Boot } from '../../../cloudinit-server/boot/boot.ts';

const BOOT: Boot = {
  beganAt: 0,
  lastAt: 0,
  address: '10.77.0.56',
  cloudInitVersion: undefined,
  isAskedToReport: true,
  keepsSeed: true,
  files: [],
  reached: { ready: 1 },
  modules: [],
  phonedHomeAt: undefined,
  unfinishedBefore: 0,
};
const ED25519 = { algorithm: 'ssh-ed25519', key: 'AAAA' };
const RSA = { algorithm: 'ssh-rsa', key: 'BBBB' };
const FACTS: SshFacts = {
  name: 'lab/vm1',
  boot: BOOT,
  told: [ED25519],
  printed: [],
  seenAddress: undefined,
  isGone: false,
};

describe('planSsh()', () => {
  it('takes the address of the newest boot and the keys that were told', () => {
    expect(planSsh(FACTS)).toEqual({
      kind: 'known',
      target: { name: 'lab/vm1', address: '10.77.0.56', host_keys: ['ssh-ed25519 AAAA'], warning: null },
    });
  });

  it('takes keys that the console confirms once, and more that it has printed', () => {
    const plan = planSsh({ ...FACTS, printed: [ED25519, RSA] });
    expect(plan).toMatchObject({
      target: { host_keys: ['ssh-ed25519 AAAA', 'ssh-rsa BBBB'], warning: null },
    });
  });

  it('believes the console alone where it contradicts', () => {
    const printed = [{ ...ED25519, key: 'CCCC' }];
    expect(planSsh({ ...FACTS, told: [ED25519, RSA], printed })).toMatchObject({
      target: {
        host_keys: ['ssh-ed25519 CCCC'],
        warning: expect.stringContaining('somebody reports in its name'),
      },
    });
  });

  it('takes what the driver has found where the guest was never heard of', () => {
    const seen = { printed: [ED25519], seenAddress: '10.77.0.9' };
    expect(planSsh({ ...FACTS, boot: undefined, told: [], ...seen })).toMatchObject({
      target: { address: '10.77.0.9', host_keys: ['ssh-ed25519 AAAA'] },
    });
  });

  it.each([
    ['is gone', { isGone: true }, 'its job was stopped'],
    ['was never heard of', { boot: undefined, told: [] }, 'see that its job runs'],
    [
      'is not ready',
      { boot: { ...BOOT, reached: { activated: 1 } }, told: [] },
      'it is not ready: its boot is at "activated", and it tells its host keys at the end; wait with "nomad-vm wait lab/vm1"',
    ],
    ['told no keys', { told: [] }, 'a phone_home of its own'],
    ['has no address', { boot: undefined }, 'no address of it is known'],
  ])('says why not, when the VM %s', (_case, facts, reason) => {
    expect(planSsh({ ...FACTS, ...facts })).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(reason),
    });
  });
});
