import { buildOptionText } from './option-text.ts';
import { PCI_SLOTS, renderPciSlot } from './pci-slots.ts';
import type { GuestDns, NicSpec, PortForward } from './vm-spec.ts';

/** The arguments for NIC number `index`, counted from 0; it sits in PCI slot 3 + index. */
export function buildNicArguments(nic: NicSpec, index: number): readonly string[] {
  const device = {
    driver: 'virtio-net-pci',
    netdev: `nic${index}`,
    id: `card${index}`,
    mac: nic.macAddress,
    // No network boot: the ROM costs about 20 ms of every start and is one more package on the host.
    romfile: '',
    addr: renderPciSlot(PCI_SLOTS.firstNic + index),
  };
  return ['-netdev', buildNetdev(nic, `nic${index}`), '-device', JSON.stringify(device)];
}

function buildNetdev(nic: NicSpec, id: string): string {
  switch (nic.mode) {
    case 'bridge':
      return buildOptionText(['bridge', ['id', id], ['br', nic.bridge], ['helper', nic.helperPath]]);
    case 'user':
      return buildOptionText([
        'user',
        ['id', id],
        ...buildDns(nic.dns),
        ...nic.forwards.flatMap(buildForward),
      ]);
  }
}

function buildDns({ nameserver, searchDomains }: GuestDns): readonly (readonly [string, string])[] {
  const search = searchDomains.map(domain => ['dnssearch', domain] as const);
  return nameserver === undefined ? search : [['dns', nameserver], ...search];
}

/** Both protocols, as Nomad's built-in driver does. */
function buildForward(forward: PortForward): readonly (readonly [string, string])[] {
  const route = `${forward.hostAddress}:${forward.hostPort}-:${forward.guestPort}`;
  return [
    ['hostfwd', `tcp:${route}`],
    ['hostfwd', `udp:${route}`],
  ];
}
