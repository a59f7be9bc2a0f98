import { describe, expect, it } from 'vitest';
import type { Boot } from '../../../cloudinit-server/boot/boot.ts';
import { type BumpFacts, planBump } from '../../../cloudinit-server/bump/plan-bump.ts';

const BOOT: Boot = {
  beganAt: 0,
  lastAt: 0,
  address: '10.77.0.56',
  cloudInitVersion: undefined,
  isAskedToReport: true,
  keepsSeed: false,
  files: [
    {
      file: 'meta-data',
      count: 1,
      firstAt: 0,
      lastAt: 0,
      status: 200,
      bytes: 1,
      contentId: undefined,
      address: '10.77.0.56',
      macAddress: undefined,
      cloudInitVersion: undefined,
    },
  ],
  reached: {},
  modules: [],
  phonedHomeAt: undefined,
  unfinishedBefore: 0,
};
const RUN = { name: 'init-local/x', startedAt: 0, startedGuestSeconds: undefined, finished: undefined };
const FACTS: BumpFacts = {
  vm: 'alice',
  from: 'a',
  to: 'a-2',
  boot: BOOT,
  hostKeys: 'new',
  registered: undefined,
};
const REGISTERED = { allocId: 'f81d4fae', task: 'vm', delivery: 'http', isSealed: false } as const;

describe('planBump()', () => {
  it.each([
    ['asks at every boot', {}, 'asks', 'reboot the guest'],
    ['has never booted', { boot: undefined }, 'never-seen', 'nothing: its first boot gets it'],
    [
      'was told to remember',
      { boot: { ...BOOT, keepsSeed: true } },
      'remembers',
      'cloud-init clean --reboot',
    ],
    [
      'reports without asking',
      { boot: { ...BOOT, keepsSeed: undefined, files: [], modules: [RUN] } },
      'remembers',
      'nomad-vm ssh alice -l USER -- sudo cloud-init clean --reboot',
    ],
    [
      'has a disk from its driver',
      { registered: { ...REGISTERED, delivery: 'disk' } },
      'disk',
      'nomad alloc restart f81d4fae',
    ],
    [
      'is to get its first disk',
      { boot: undefined, registered: { ...REGISTERED, delivery: 'disk' } },
      'disk',
      'nomad alloc restart f81d4fae',
    ],
  ] as const)('says what is to be done when the guest %s', (_case, facts, guest, step) => {
    const plan = planBump({ ...FACTS, ...facts });
    expect(plan.guest).toBe(guest);
    expect(plan.todo.join('\n')).toContain(step);
  });

  it('names the allocation, and makes a new disk before the guest looks at it', () => {
    const boot = { ...BOOT, keepsSeed: true };
    const { todo } = planBump({ ...FACTS, boot, registered: { ...REGISTERED, delivery: 'disk' } });
    expect(todo[0]).toContain('nomad alloc restart f81d4fae');
    expect(todo[2]).toBe(
      'where it runs a guest agent: nomad alloc exec -task vm f81d4fae cloud-init clean --reboot',
    );
  });

  it.each([
    ['new', 'its ssh host keys are made anew; it tells'],
    ['kept', 'its ssh host keys stay'],
    ['unknown', 'unless its user-data'],
  ] as const)('says what becomes of host keys: %s', (hostKeys, text) => {
    expect(planBump({ ...FACTS, hostKeys }).effects.join('\n')).toContain(text);
  });

  it('says that it opens a seed that is sealed', () => {
    const { effects } = planBump({ ...FACTS, registered: { ...REGISTERED, isSealed: true } });
    expect(effects.at(-1)).toBe('its seed, which is sealed, is opened again');
  });
});
