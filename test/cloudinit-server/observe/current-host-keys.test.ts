import { describe, expect, it } from 'vitest';
import { beginBoot } from '../../../cloudinit-server/boot/advance-boot.ts';
import type { Boot } from '../../../cloudinit-server/boot/boot.ts';
import { keepCurrentKeys } from '../../../cloudinit-server/observe/current-host-keys.ts';
import type { SeedFile } from '../../../cloudinit-server/seed-files.ts';
import { createServerState } from '../../../cloudinit-server/state/state.ts';
import { addRegisteredVm } from '../state/registered-vm.ts';

const BEFORE = { seenAt: 500 };
const SINCE = { seenAt: 1_000 };
const KEYS = [BEFORE, SINCE];

/** A boot that began at 1,000 with this. */
const fetched = (file: SeedFile): Boot =>
  beginBoot(undefined, {
    ...{ kind: 'file', at: 1_000, address: '10.0.0.1', file, status: 200, bytes: 1 },
    ...{ userAgent: 'Cloud-Init/25.1.4', asksForReports: false },
  });
const REPORTED = beginBoot(undefined, {
  ...{ kind: 'event', at: 1_000, address: '10.0.0.1', name: 'init-network/x', phase: 'start' },
  guestSeconds: 1,
});

function keepOf(boot: Boot | undefined, registeredAt?: number) {
  using state = createServerState(undefined);
  const registered =
    registeredAt === undefined
      ? undefined
      : addRegisteredVm(state, {}, { registeredAt, openedAt: registeredAt });
  return keepCurrentKeys(KEYS, { registered, newest: boot && { id: 1, boot, observations: 1 } });
}

describe('keepCurrentKeys()', () => {
  it.each([
    ['takes its user-data', fetched('user-data')],
    ['has got further', { ...fetched('user-data'), reached: { activated: 1_001 } }],
  ])('leaves out what was seen before a boot that %s', (_case, boot) => {
    expect(keepOf(boot)).toEqual([SINCE]);
    expect(keepOf(boot, 900)).toEqual([SINCE]);
  });

  it.each([
    ['has ended', { ...fetched('user-data'), reached: { ready: 1_001 } }],
    ['takes no user-data', fetched('meta-data')],
    ['takes nothing, as the guest remembers its seed', REPORTED],
  ])('keeps all when the newest boot %s, in a new allocation too', (_case, boot) => {
    expect(keepOf(boot)).toEqual(KEYS);
    expect(keepOf(boot, 900)).toEqual(KEYS);
  });

  it('leaves out what was seen before an allocation that nothing was heard of yet', () => {
    expect(keepOf(undefined, 900)).toEqual([SINCE]);
    expect(keepOf(undefined)).toEqual(KEYS);
  });
});
