import { describe, expect, it } from 'vitest';
import { renderKnownHosts } from '../../../cloudinit-server/admin/render-known-hosts.ts';

const key = (text: string, address: string, seenAt = 1) => ({
  algorithm: 'ssh-ed25519',
  key: text,
  address,
  seenAt,
});

describe('renderKnownHosts()', () => {
  it('has a line for each key, by address and by name', () => {
    const vms = [
      { seed: 'lab/vm1', keys: [key('A', '10.0.0.1'), { ...key('B', '10.0.0.1'), algorithm: 'ssh-rsa' }] },
      { seed: 'new', keys: [] },
    ];
    expect(renderKnownHosts(vms)).toBe('10.0.0.1,vm1 ssh-ed25519 A\n10.0.0.1,vm1 ssh-rsa B\n');
  });

  it('gives a name that several VMs have to none of them', () => {
    const vms = [
      { seed: 'a/vm1', keys: [key('A', '10.0.0.1')] },
      { seed: 'b/vm1', keys: [key('B', '10.0.0.2')] },
      { seed: 'c/vm1', keys: [] },
    ];
    expect(renderKnownHosts(vms)).toBe('10.0.0.1 ssh-ed25519 A\n10.0.0.2 ssh-ed25519 B\n');
  });

  it('gives an address to the VM that told last', () => {
    const vms = [
      { seed: 'old', keys: [key('A', '10.0.0.1', 1)] },
      { seed: 'young', keys: [key('B', '10.0.0.1', 2)] },
    ];
    expect(renderKnownHosts(vms)).toBe('10.0.0.1,young ssh-ed25519 B\nold ssh-ed25519 A\n');
  });

  it.each(['*', 'a,b', 'a b', '!a', '|1|x', '@cert-authority', 'ä', '.'])(
    'knows no VM by the name %j',
    seed => {
      expect(renderKnownHosts([{ seed, keys: [key('A', '10.0.0.1')] }])).toBe('10.0.0.1 ssh-ed25519 A\n');
    },
  );
});
