import { describe, expect, it } from 'vitest';
import {
  createNeighbourTable,
  parseArpTable,
} from '../../../cloudinit-server/registration/neighbour-table.ts';

const HEAD = 'IP address       HW type     Flags       HW address            Mask     Device\n';
const line = (address: string, mac: string, flags = '0x2') =>
  `${address.padEnd(16)} 0x1         ${flags}         ${mac}     *        br0\n`;

describe('parseArpTable()', () => {
  const table = [
    HEAD,
    line('10.77.0.5', '52:54:00:AA:00:05'),
    line('10.77.0.5', '52:54:00:aa:00:15', '0x6'),
    line('10.77.0.55', '52:54:00:aa:00:55'),
    line('10.77.0.6', '00:00:00:00:00:00', '0x0'),
  ].join('');

  it('has every owner of an address, and no mere question', () => {
    expect(parseArpTable(table, '10.77.0.5')).toEqual(['52:54:00:aa:00:05', '52:54:00:aa:00:15']);
    expect(parseArpTable(table, '10.77.0.6')).toEqual([]);
    expect(parseArpTable(table, '10.77.0.7')).toEqual([]);
    expect(parseArpTable('', '')).toEqual([]);
  });

  it('takes a last line without an end, and no beginning for the whole', () => {
    expect(parseArpTable(table.trimEnd().replace('0x0', '0x2'), '10.77.0.6')).toEqual(['00:00:00:00:00:00']);
    expect(parseArpTable(table, '10.77.0')).toEqual([]);
    expect(parseArpTable(table, '7.0.5')).toEqual([]);
  });
});

describe('createNeighbourTable()', () => {
  it('recalls for a second what it has read, and reads anew after it', () => {
    const clock = startClock();
    expect(clock.table.recall('10.0.0.1')).toEqual(['52:54:00:00:00:01']);
    clock.text = HEAD + line('10.0.0.1', '52:54:00:00:00:02');
    clock.pass(999);
    expect([clock.table.recall('10.0.0.1'), clock.reads]).toEqual([['52:54:00:00:00:01'], 1]);
    clock.pass(1);
    expect([clock.table.recall('10.0.0.1'), clock.reads]).toEqual([['52:54:00:00:00:02'], 2]);
  });

  it('reads anew for a guest that was not there, yet a hundredth of the time at most', () => {
    const clock = startClock({ tookMs: 2 });
    for (let ms = 0; ms < 10_000; ms += 1) {
      expect(clock.table.recall('10.9.9.9')).toEqual([]);
      clock.pass(1);
    }
    expect(clock.reads).toBeLessThanOrEqual(51);
    clock.text += line('10.9.9.9', '52:54:00:00:00:09');
    clock.pass(200);
    expect(clock.table.recall('10.9.9.9')).toEqual(['52:54:00:00:00:09']);
  });

  it('reads it as it is where that matters, and recalls that', () => {
    const clock = startClock();
    clock.table.read('10.0.0.1');
    clock.text = HEAD + line('10.0.0.1', '52:54:00:00:00:02');
    expect(clock.table.read('10.0.0.1')).toEqual(['52:54:00:00:00:02']);
    expect([clock.table.recall('10.0.0.1'), clock.reads]).toEqual([['52:54:00:00:00:02'], 2]);
  });

  it('has nothing for an address that no neighbour of this host can have', () => {
    expect(createNeighbourTable().read('0.0.0.0')).toEqual([]);
  });
});

/** A table on a clock of the test's own, whose reading takes some time. */
function startClock({ tookMs = 0 } = {}) {
  let now = 5_000;
  const arp = { text: HEAD + line('10.0.0.1', '52:54:00:00:00:01'), reads: 0 };
  const readText = () => {
    arp.reads += 1;
    now += tookMs;
    return arp.text;
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return Object.assign(arp, { pass, table: createNeighbourTable({ readText, now: () => now }) });
}
