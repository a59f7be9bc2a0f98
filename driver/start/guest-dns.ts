import { isIPv4 } from 'node:net';
import type { GuestDns, NicSpec } from '../../qemu/vm-spec.ts';
import type { DnsRequest } from '../task-request.ts';

/** What a user-mode network can tell its guest of a `dns` block; the built-in driver tells it the same. */
export function planGuestDns({ servers, searches }: DnsRequest): GuestDns {
  return { nameserver: servers.find(server => isIPv4(server)), searchDomains: searches.filter(isDomain) };
}

/** What of a `dns` block the guest does not get, for the account; undefined where that is nothing. */
export function describeLostDns(dns: DnsRequest, nics: readonly NicSpec[]): string | undefined {
  const asked = [...dns.servers, ...dns.searches, ...dns.options];
  if (asked.length === 0) return undefined;
  if (!nics.some(({ mode }) => mode === 'user')) {
    return 'dns of the job is not given to the guest: on a bridge it learns its name servers from the LAN, by DHCP';
  }
  const { nameserver, searchDomains } = planGuestDns(dns);
  const lost = asked.filter(value => value !== nameserver && !searchDomains.includes(value));
  if (lost.length === 0) return undefined;
  const list = lost.map(value => JSON.stringify(value)).join(', ');
  return `dns of the job is given to the guest but for ${list}: a user-mode network has one name server, by IPv4, and search domains`;
}

function isDomain(name: string): boolean {
  return /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name);
}
