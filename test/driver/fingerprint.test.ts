import { describe, expect, it } from 'vitest';
import { parsePluginConfig } from '../../driver/config/plugin-config.ts';
import type { EmulatorFact } from '../../driver/fingerprint/facts.ts';
import { type NodeFingerprint, watchNode } from '../../driver/fingerprint.ts';
import type { KvmVerdict } from '../../qemu/kvm-probe.ts';

const PLUGIN = parsePluginConfig({});
const FAST = { periodMs: 5, bridgePeriodMs: 5, graceMs: 20 };

function emulator(...machines: readonly string[]): EmulatorFact {
  return { works: true, version: '7.2.0', machines: machines.map(name => ({ name, version: name })) };
}

async function next(stream: AsyncGenerator<NodeFingerprint>): Promise<NodeFingerprint> {
  const { value } = await stream.next();
  // The generator ends with its signal only.
  return value as NodeFingerprint;
}

describe('watchNode()', () => {
  it('does not wait for a probe that hangs, and tells its verdict when it comes', async () => {
    const end = new AbortController();
    const probe = Promise.withResolvers<KvmVerdict>();
    const node = { kvm: () => probe.promise, emulator: async () => emulator('pc') };
    const stream = watchNode('vm', PLUGIN, node, end.signal);
    const first = await next(stream);
    expect(first.health).toBe('HEALTHY');
    expect(first.attributes['driver.vm.version']).toBe('7.2.0');
    expect(Object.keys(first.attributes)).not.toContain('driver.vm.kvm');
    probe.resolve({ works: false, reason: 'because' });
    expect((await next(stream)).attributes['driver.vm.kvm']).toContain('because');
    end.abort();
    expect((await stream.next()).done).toBe(true);
  });

  it('sends changes only, and takes back an attribute that is no more by an empty one, once', async () => {
    const end = new AbortController();
    let machines = ['pc', 'old'];
    let asked = 0;
    const node = {
      kvm: async (): Promise<KvmVerdict> => ({ works: true }),
      emulator: async () => {
        asked += 1;
        if (asked === 5) machines = ['pc'];
        if (asked === 10) machines = ['pc', 'new'];
        return emulator(...machines);
      },
    };
    const stream = watchNode('vm', PLUGIN, node, end.signal, FAST);
    const sent = [await next(stream), await next(stream), await next(stream)];
    end.abort();
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(sent.map(({ attributes }) => attributes['driver.vm.machine.old'])).toEqual(['old', '', undefined]);
    expect(sent[2]?.attributes['driver.vm.machine.new']).toBe('new');
  });

  it('ends with its signal, whatever it waits for', async () => {
    const end = new AbortController();
    const never = new Promise<never>(() => undefined);
    const node = { kvm: () => never, emulator: () => never };
    const stream = watchNode('vm', PLUGIN, node, end.signal);
    await next(stream);
    const last = stream.next();
    end.abort();
    expect((await last).done).toBe(true);
  });
});
