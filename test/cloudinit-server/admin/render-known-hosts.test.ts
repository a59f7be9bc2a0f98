import { describe, expect, it } from 'vitest';
import { renderKnownHosts, type VmHostKeys } from '../../../cloudinit-server/admin/render-known-hosts.ts';

const key = (text: string, address: string, seenAt = 1) => ({
  algorithm: 'ssh-ed25519',
  key: text,
  address,
  seenAt,
});

async function render(vms: readonly VmHostKeys[]): Promise<string> {
  return (await Array.fromAsync(renderKnownHosts(vms))).join('');
}

describe('renderKnownHosts()', () => {
  it('leaves out none of many', async () => {
    const vms = Array.from({ length: 1_234 }, (_, index) => {
      return { name: `vm${index}`, keys: [key('A', `10.0.${index >> 8}.${index & 255}`)] };
    });
    const lines = (await render(vms)).trimEnd().split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([1_234, '10.0.4.209,vm1233 ssh-ed25519 A']);
  });

  it('has a line for each key, by address and by name', async () => {
    const vms = [
      { name: 'vm1', keys: [key('A', '10.0.0.1'), { ...key('B', '10.0.0.1'), algorithm: 'ssh-rsa' }] },
      { name: 'new', keys: [] },
    ];
    expect(await render(vms)).toBe('10.0.0.1,vm1 ssh-ed25519 A\n10.0.0.1,vm1 ssh-rsa B\n');
  });

  it('gives a name that several VMs have to none of them', async () => {
    const vms = [
      { name: 'vm1', keys: [key('A', '10.0.0.1')] },
      { name: 'vm1', keys: [key('B', '10.0.0.2')] },
      { name: 'vm1', keys: [] },
    ];
    expect(await render(vms)).toBe('10.0.0.1 ssh-ed25519 A\n10.0.0.2 ssh-ed25519 B\n');
  });

  it('gives an address to the VM that told last', async () => {
    const vms = [
      { name: 'old', keys: [key('A', '10.0.0.1', 1)] },
      { name: 'young', keys: [key('B', '10.0.0.1', 2)] },
    ];
    expect(await render(vms)).toBe('old ssh-ed25519 A\n10.0.0.1,young ssh-ed25519 B\n');
  });

  it.each(['*', 'a,b', 'a b', '!a', '|1|x', '@cert-authority', 'ä', '.'])(
    'knows no VM by the name %j',
    async seed => {
      expect(await render([{ name: seed, keys: [key('A', '10.0.0.1')] }])).toBe('10.0.0.1 ssh-ed25519 A\n');
    },
  );
});
