import { describe, expect, it } from 'vitest';
import { renderFingerprint } from '../../../driver/fingerprint/attributes.ts';
import type { QuickFacts, SlowFacts } from '../../../driver/fingerprint/facts.ts';

const QUICK: QuickFacts = {
  emulators: new Map([
    ['qemu-system-i386', '/usr/bin/qemu-system-i386'],
    ['qemu-system-x86_64', '/usr/bin/qemu-system-x86_64'],
  ]),
  installed: ['qemu-system-i386', 'qemu-system-x86_64'],
  bridges: [{ name: 'br0', refusal: undefined, warnings: [] }],
  hasVhostNet: true,
};
const UNKNOWN: SlowFacts = { emulator: undefined, kvm: undefined, seedServer: undefined, seedApi: undefined };
const SLOW: SlowFacts = {
  emulator: { works: true, version: '7.2.22', machines: [{ name: 'pc', version: 'pc-i440fx-7.2' }] },
  kvm: { works: true },
  seedServer: 'http://10.0.0.1:8000/ answers',
  seedApi: 'http://10.0.0.1:8002/ answers',
};

function attributesOf(quick: Partial<QuickFacts>, slow: Partial<SlowFacts> = {}) {
  return renderFingerprint('vm', { ...QUICK, ...quick }, { ...SLOW, ...slow }).attributes;
}

describe('renderFingerprint()', () => {
  it('names everything that a job may choose by', () => {
    expect(renderFingerprint('vm', QUICK, SLOW)).toEqual({
      health: 'HEALTHY',
      description: 'Healthy',
      attributes: {
        'driver.vm.emulators': 'i386,x86_64',
        'driver.vm.guest_archs': 'i386,x86_64',
        'driver.vm.version': '7.2.22',
        'driver.vm.machines': 'pc',
        'driver.vm.machine.pc': 'pc-i440fx-7.2',
        'driver.vm.accelerators': 'kvm,tcg',
        'driver.vm.kvm': 'works',
        'driver.vm.bridges': 'br0',
        'driver.vm.bridge.br0': '1',
        'driver.vm.vhost_net': '1',
        'driver.vm.memory_overhead_mib.kvm': '80',
        'driver.vm.memory_overhead_mib.tcg': '368',
        'driver.vm.cloudinit_server': 'http://10.0.0.1:8000/ answers',
        'driver.vm.cloudinit_api': 'http://10.0.0.1:8002/ answers',
      },
    });
  });

  it('leaves out what is not known yet, so that what the node said before stays', () => {
    const names = Object.keys(renderFingerprint('vm', QUICK, UNKNOWN).attributes);
    expect(names).toContain('driver.vm.bridge.br0');
    for (const slow of ['version', 'machines', 'kvm', 'accelerators', 'cloudinit_server'])
      expect(names).not.toContain(`driver.vm.${slow}`);
  });

  it('is unfit without a qemu, with one that does not run, and where none is allowed; says why', () => {
    const none = renderFingerprint('vm', { ...QUICK, emulators: new Map(), installed: [] }, UNKNOWN);
    expect(none).toMatchObject({ health: 'UNDETECTED', description: expect.stringContaining('apt install') });
    const denied = renderFingerprint('vm', { ...QUICK, emulators: new Map() }, UNKNOWN);
    expect(denied).toMatchObject({
      health: 'UNHEALTHY',
      description: expect.stringContaining('emulators_allowlist allows none of qemu-system-i386'),
    });
    const broken = renderFingerprint('vm', QUICK, { ...SLOW, emulator: { works: false, reason: 'why' } });
    expect(broken).toEqual({ health: 'UNHEALTHY', description: 'why', attributes: {} });
  });

  it('stays fit without bridges, KVM and seed server, and says what to do', () => {
    const slow = {
      ...SLOW,
      kvm: { works: false as const, reason: 'Could not access KVM kernel module: No such file or directory' },
    };
    const { health, attributes } = renderFingerprint(
      'vm',
      { ...QUICK, bridges: [], hasVhostNet: false },
      slow,
    );
    expect(health).toBe('HEALTHY');
    expect(attributes['driver.vm.accelerators']).toBe('tcg');
    expect(attributes['driver.vm.kvm']).toContain('load kvm_intel or kvm_amd');
    expect(attributes['driver.vm.bridges']).toContain('create one');
    expect(attributes['driver.vm.vhost_net']).toContain('modprobe vhost_net');
  });

  it('tells bridges that VMs may join from those that they may not', () => {
    const attributes = attributesOf({
      bridges: [
        { name: 'br0', refusal: undefined, warnings: ['STP keeps'] },
        { name: 'docker0', refusal: 'add the line "allow docker0"', warnings: [] },
        { name: 'br:1', refusal: undefined, warnings: [] },
      ],
    });
    expect(attributes['driver.vm.bridges']).toBe('br0,br:1');
    expect(attributes['driver.vm.bridge.docker0']).toBe('add the line "allow docker0"');
    expect(attributes['driver.vm.bridge_warnings']).toBe('br0: STP keeps');
    expect(Object.keys(attributes)).not.toContain('driver.vm.bridge.br:1');
  });

  it('does not list every bridge of a host of containers', () => {
    const bridges = Array.from({ length: 200 }, (_, n) => ({ name: `c${n}`, refusal: 'no', warnings: [] }));
    const names = Object.keys(attributesOf({ bridges })).filter(name => name.startsWith('driver.vm.bridge.'));
    expect(names).toHaveLength(16);
  });
});
