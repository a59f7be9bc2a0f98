/** One address that the LAN's DHCP server has given away. */
export interface Lease {
  readonly mac: string;
  readonly address: string;
  /** As the guest told it; undefined where it told none. */
  readonly hostname: string | undefined;
}

/** The command that is a lab's DHCP and DNS server, on `br0`, addresses 10.77.0.50 to 10.77.0.199. */
export function dnsmasqArguments(leaseFile: string): readonly [string, ...string[]] {
  return [
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--pid-file',
    '--user=root',
    '--log-facility=-',
    '--log-dhcp',
    '--interface=br0',
    '--bind-interfaces',
    '--no-resolv',
    '--no-hosts',
    '--domain=lab.test',
    '--dhcp-range=10.77.0.50,10.77.0.199,1h',
    `--dhcp-leasefile=${leaseFile}`,
    // Without these two a guest waits 3 s for its first address.
    '--no-ping',
    '--dhcp-authoritative',
  ];
}

/** Reads dnsmasq's lease file: lines of "expiry MAC address hostname client-id", with * for what is not known. */
export function parseLeases(text: string): readonly Lease[] {
  return text.split('\n').flatMap(line => {
    const [, mac, address, hostname] = line.split(' ');
    if (mac === undefined || address === undefined) return [];
    return [{ mac, address, hostname: hostname === '*' ? undefined : hostname }];
  });
}
