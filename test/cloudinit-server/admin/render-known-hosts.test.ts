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
      { name: 'vm1', keys: [key('A', '10.0.0.1'), { ...key('B', '10.0.0.1'), algorithm: 'ssh-rsa' }] },
      { name: 'new', keys: [] },
    ];
    expect(renderKnownHosts(vms)).toBe('10.0.0.1,vm1 ssh-ed25519 A\n10.0.0.1,vm1 ssh-rsa B\n');
  });

  it('gives a name that several VMs have to none of them', () => {
    const vms = [
      { name: 'vm1', keys: [key('A', '10.0.0.1')] },
      { name: 'vm1', keys: [key('B', '10.0.0.2')] },
      { name: 'vm1', keys: [] },
    ];
    expect(renderKnownHosts(vms)).toBe('10.0.0.1 ssh-ed25519 A\n10.0.0.2 ssh-ed25519 B\n');
  });

  it('gives an address to the VM that told last', () => {
    const vms = [
      { name: 'old', keys: [key('A', '10.0.0.1', 1)] },
      { name: 'young', keys: [key('B', '10.0.0.1', 2)] },
    ];
    expect(renderKnownHosts(vms)).toBe('10.0.0.1,young ssh-ed25519 B\nold ssh-ed25519 A\n');
  });

  it.each(['*', 'a,b', 'a b', '!a', '|1|x', '@cert-authority', 'ä', '.'])(
    'knows no VM by the name %j',
    seed => {
      expect(renderKnownHosts([{ name: seed, keys: [key('A', '10.0.0.1')] }])).toBe(
        '10.0.0.1 ssh-ed25519 A\n',
      );
    },
  );
});
