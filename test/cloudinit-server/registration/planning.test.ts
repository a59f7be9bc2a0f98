import { describe, expect, it } from 'vitest';
import { advanceBoot } from '../../../cloudinit-server/boot/advance-boot.ts';
import type { Boot } from '../../../cloudinit-server/boot/boot.ts';
import type { Observation } from '../../../cloudinit-server/boot/observation.ts';
import { buildRegisteredVmFacts } from '../../../cloudinit-server/registration/build-vm-facts.ts';
import { judgeSource } from '../../../cloudinit-server/registration/judge-source.ts';
import { planEvents } from '../../../cloudinit-server/registration/plan-events.ts';
import { planRegistration } from '../../../cloudinit-server/registration/plan-registration.ts';
import type { RegisteredVm } from '../../../cloudinit-server/state/registration-table.ts';
import { observeRecordedBoot } from '../boot/recorded-boot.ts';
import { FACTS } from '../state/registered-vm.ts';

const VM = { id: 1, key: `vm:${FACTS.identity}`, token: 'report-token' };

describe('planRegistration()', () => {
  const before: RegisteredVm = {
    ...planRegistration(undefined, VM, FACTS, 1),
    openedAt: 4,
    sealedAt: 5,
    goneAt: 6,
    refusals: { count: 2, last: undefined },
  };

  it('gives a new VM a token of 128 bits', () => {
    const first = planRegistration(undefined, VM, FACTS, 1);
    expect(first).toMatchObject({ registeredAt: 1, sealedAt: undefined, goneAt: undefined });
    expect(first.seedToken).toMatch(/^[\w-]{22}$/);
    expect(planRegistration(undefined, VM, FACTS, 1).seedToken).not.toBe(first.seedToken);
  });

  it('keeps token, seal and count for the same allocation, which is no longer gone', () => {
    const again = planRegistration(before, VM, { ...FACTS, node: 'node-2' }, 9);
    expect(again).toEqual({ ...before, facts: { ...FACTS, node: 'node-2' }, goneAt: undefined });
  });

  it('begins anew for another allocation', () => {
    const next = planRegistration(before, VM, { ...FACTS, allocId: 'another' }, 9);
    expect(next).toMatchObject({
      registeredAt: 9,
      sealedAt: undefined,
      goneAt: undefined,
      refusals: { count: 0 },
    });
    expect(next.seedToken).not.toBe(before.seedToken);
  });
});

describe('planEvents()', () => {
  const noMac = () => undefined;

  function listKinds(seen: readonly Observation[]) {
    let boot: Boot | undefined;
    return seen.flatMap((one, index) => {
      const before = boot && { id: 1, boot, observations: index };
      boot = advanceBoot(boot, one);
      return planEvents(before, { id: 1, boot, observations: index + 1 }, one, noMac);
    });
  }

  it('tells of a whole boot in two events', () => {
    expect(listKinds(observeRecordedBoot('trixie-25.1.4'))).toEqual([
      { kind: 'address', address: '10.77.0.56', mac_address: null, source: 'seed request' },
      { kind: 'ready', took_s: expect.any(Number) },
    ]);
    expect(listKinds(observeRecordedBoot('bookworm-22.4.2')).at(-1)).toEqual({
      kind: 'failed',
      steps: ['modules-config/config-locale'],
      took_s: expect.any(Number),
    });
  });

  it('tells where a guest is that remembers its seed, and when it moves', () => {
    const seen = observeRecordedBoot('trixie-25.1.4').filter(({ kind }) => kind === 'event');
    const moved = seen.map((one, index) => (index > 5 ? { ...one, address: '10.77.0.57' } : one));
    expect(listKinds(moved)).toMatchObject([
      { kind: 'address', address: '10.77.0.56', source: 'boot report' },
      { kind: 'address', address: '10.77.0.57' },
      { kind: 'ready' },
    ]);
  });
});

describe('judgeSource()', () => {
  const [own = ''] = FACTS.macAddresses;
  const other = '52:54:00:99:99:99';

  it.each([
    ['when-seen', [own], 'accepted', own],
    ['when-seen', [other, own], 'accepted', own],
    ['when-seen', [], 'accepted', undefined],
    ['when-seen', [other], 'refused', other],
    ['required', [own], 'accepted', own],
    ['required', [], 'refused', undefined],
    ['required', [other], 'refused', other],
    ['off', [other], 'accepted', undefined],
    ['off', [own], 'accepted', own],
  ] as const)('%s: %j is %s', (policy, seen, kind, macAddress) => {
    expect(judgeSource(policy, seen, FACTS.macAddresses)).toEqual({ kind, macAddress });
  });

  it('cannot bind a VM without MAC addresses', () => {
    expect(judgeSource('when-seen', [other], []).kind).toBe('accepted');
    expect(judgeSource('required', [other], []).kind).toBe('refused');
  });
});

describe('buildRegisteredVmFacts()', () => {
  it.each([
    ['after its seed', { seedPath: 'lab/alice' }, 'alice'],
    ['with its index from the second one on', { seedPath: 'lab/alice', index: 2 }, 'alice-2'],
    ['after its job without a seed', { seedPath: undefined, job: 'ci/Run_1' }, 'run-1'],
    ['after its job with the root seed', { seedPath: '.' }, 'web'],
    ['as its job says', { identity: 'default/vnode07', index: 3 }, 'vnode07'],
  ])('names a VM %s', (_, facts, hostname) => {
    const built = buildRegisteredVmFacts({ ...FACTS, ...facts });
    expect(built).toMatchObject({ hostname, registered: { uuid: FACTS.uuid, node: FACTS.node } });
  });
});
