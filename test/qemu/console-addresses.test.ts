import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_CONSOLE_SCAN, parseConsoleAddresses, scanConsole } from '../../qemu/console-addresses.ts';

const MAC = '52:54:84:ba:49:01';

function readConsole(name: string): string {
  return readFileSync(join(import.meta.dirname, `../fixtures/cloud-init/${name}.console`), 'utf8');
}

function table(...rows: readonly (readonly string[])[]): string {
  const title = 'ci-info: +++++++++Net device info+++++++++\r\n';
  return title + rows.map(row => `[   22.5] cloud-init[385]: ci-info: | ${row.join(' | ')} |\r\n`).join('');
}

function row(address: string, change: { name?: string; up?: string; scope?: string; mac?: string } = {}) {
  const { name = 'ens3', up = 'True', scope = 'global', mac = MAC } = change;
  return [name, up, address, '255.255.255.0', scope, mac];
}

const found = (address: string, family: 4 | 6 = 4) => ({
  interfaceName: 'ens3',
  macAddress: MAC,
  address,
  family,
});

describe('parseConsoleAddresses()', () => {
  it.each(['bookworm-22.4.2-ok', 'bookworm-reboot-seed-down', 'trixie-25.1.4-ok'])(
    'finds the address in %s',
    name => {
      expect(parseConsoleAddresses(readConsole(name))).toEqual([
        { interfaceName: 'enp0s2', macAddress: '52:54:00:12:34:56', address: '10.0.2.15', family: 4 },
      ]);
    },
  );

  it('finds IPv4 and IPv6, in colours and among terminal commands', () => {
    const text = table(row('\u001b[0;32m192.0.2.7\u001b[0m'), row('2001:DB8::7/64'), row('192.0.2.7'));
    expect(parseConsoleAddresses(`\u001bc\u001b]0;title\u0007${text}`)).toEqual([
      found('192.0.2.7'),
      found('2001:db8::7', 6),
    ]);
  });

  it.each<[string, readonly string[]]>([
    ['the loopback', row('127.0.0.1', { name: 'lo' })],
    ['interfaces that are down', row('192.0.2.7', { up: 'False' })],
    ['interfaces without an address', row('.')],
    ['link-local addresses', row('fe80::1/64', { scope: 'link' })],
    ['rows without a MAC address', row('192.0.2.7', { mac: '.' })],
    ['what is no address', row('999.1.1.1')],
    ['rows with other columns', ['0', '192.0.2.0', '192.0.2.1', '255.255.255.0', 'ens3', 'UG']],
  ])('leaves out %s', (_what, columns) => {
    expect(parseConsoleAddresses(table(columns))).toEqual([]);
  });

  it('takes the last boot', () => {
    const text = `${table(row('192.0.2.7'))}login: \r\n${table(row('192.0.2.8'))}`;
    expect(parseConsoleAddresses(text)).toEqual([found('192.0.2.8')]);
  });
});

describe('scanConsole()', () => {
  it('finds the same wherever the text is cut', () => {
    const text = `noise\r\n${table(row('192.0.2.7'), row('2001:db8::7/64'))}more`;
    const cuts = fc.array(fc.nat(text.length), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, at => {
        const edges = [0, ...at.toSorted((a, b) => a - b), text.length];
        const pieces = edges.slice(1).map((end, index) => text.slice(edges[index], end));
        const scan = pieces.reduce(scanConsole, EMPTY_CONSOLE_SCAN);
        expect(scan.addresses).toEqual(parseConsoleAddresses(text));
        expect(scan.carry).toBe('more');
      }),
    );
  });

  it('keeps little of a guest that floods, and finds what follows', () => {
    let scan = EMPTY_CONSOLE_SCAN;
    for (let count = 0; count < 500; count += 1) scan = scanConsole(scan, 'ci-info: | x'.repeat(1000));
    expect(scan.carry.length).toBeLessThanOrEqual(4096);
    expect(scanConsole(scan, `\n${table(row('192.0.2.7'))}`).addresses).toEqual([found('192.0.2.7')]);
    const many = Array.from({ length: 500 }, (_, n) => row(`192.0.${n >> 8}.${n & 255}`));
    expect(parseConsoleAddresses(table(...many)).length).toBeLessThanOrEqual(64);
  });

  it('comes to an end and never throws, whatever a guest prints', () => {
    const part = fc.constantFrom(
      'ci-info: |',
      ' ens3 |',
      ' True |',
      '\u001b[',
      '\u001b]',
      '0;1',
      ' '.repeat(500),
      '\n',
      '::::',
      '1.',
      'é',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), parts => {
        parseConsoleAddresses(parts.join('').repeat(100));
      }),
    );
  });
});
