import { describe, expect, it } from 'vitest';
import { describeLostDns, planGuestDns } from '../../../driver/start/guest-dns.ts';

const none = { servers: [], searches: [], options: [] };
const user = {
  mode: 'user',
  macAddress: '52:54:00:00:00:01',
  forwards: [],
  dns: planGuestDns(none),
} as const;
const bridge = { mode: 'bridge', bridge: 'br0', macAddress: '52:54:00:00:00:02', helperPath: '/h' } as const;

describe('planGuestDns()', () => {
  it('has the first server by IPv4 and every search domain', () => {
    const servers = ['fd00::1', '192.0.2.1', '192.0.2.2'];
    expect(planGuestDns({ ...none, servers, searches: ['lab.example', 'a', 'b,c', 'd\ne'] })).toEqual({
      nameserver: '192.0.2.1',
      searchDomains: ['lab.example', 'a'],
    });
    expect(planGuestDns(none)).toEqual({ nameserver: undefined, searchDomains: [] });
  });
});

describe('describeLostDns()', () => {
  it('is silent where nothing is lost', () => {
    expect(describeLostDns(none, [bridge])).toBeUndefined();
    expect(
      describeLostDns({ ...none, servers: ['192.0.2.1'], searches: ['a'] }, [bridge, user]),
    ).toBeUndefined();
  });

  it('names what a user-mode network cannot tell', () => {
    const dns = { servers: ['192.0.2.1', '192.0.2.2'], searches: ['b,c'], options: ['ndots:2'] };
    expect(describeLostDns(dns, [user])).toContain('but for "192.0.2.2", "b,c", "ndots:2": ');
  });

  it('says that a LAN has its own', () => {
    expect(describeLostDns({ ...none, servers: ['192.0.2.1'] }, [bridge])).toContain('by DHCP');
  });
});
