import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasNeighbour, parseNeighbours, readNeighbours } from '../../qemu/neighbours.ts';

const entry = (dst: string, state: string, confirmed = 3) => ({
  dst,
  dev: 'br0',
  lladdr: '52:54:00:AA:BB:01',
  used: 1,
  confirmed,
  updated: 2,
  state: [state],
});

describe('parseNeighbours()', () => {
  it('keeps what somebody answered for', () => {
    const states = ['REACHABLE', 'STALE', 'DELAY', 'PROBE', 'INCOMPLETE', 'FAILED', 'NOARP', 'PERMANENT'];
    const json = JSON.stringify(states.map((state, index) => entry(`10.0.0.${index}`, state)));
    expect(parseNeighbours(json).map(({ address }) => address)).toEqual([
      '10.0.0.0',
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.3',
    ]);
    expect(parseNeighbours(json)[0]).toEqual({
      address: '10.0.0.0',
      macAddress: '52:54:00:aa:bb:01',
      confirmedMsAgo: 3_000,
    });
  });

  it('takes nothing for nothing', () => {
    for (const text of ['', '{}', '[{"dst":"10.0.0.1","dev":"br0","state":["INCOMPLETE"]}]', '[null, 3]'])
      expect(parseNeighbours(text)).toEqual([]);
  });
});

describe('readNeighbours()', () => {
  it("understands this host's ip", async () => {
    const neighbours = await readNeighbours(AbortSignal.timeout(5_000));
    for (const { macAddress, confirmedMsAgo } of neighbours) {
      expect(macAddress).toMatch(/^[\da-f:]{17}$/);
      expect(confirmedMsAgo).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('hasNeighbour()', () => {
  it('finds complete entries of a MAC address', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arp-'));
    const path = join(folder, 'arp');
    writeFileSync(
      path,
      [
        'IP address       HW type     Flags       HW address            Mask     Device',
        '10.77.0.56       0x1         0x2         52:54:00:aa:bb:01     *        br0',
        '10.77.0.57       0x1         0x0         52:54:00:aa:bb:02     *        br0',
        '',
      ].join('\n'),
    );
    try {
      expect(await hasNeighbour(['52:54:00:aa:bb:01'], path)).toBe(true);
      expect(await hasNeighbour(['52:54:00:aa:bb:02', '52:54:00:aa:bb:03'], path)).toBe(false);
      expect(await hasNeighbour(['52:54:00:aa:bb:01'], join(folder, 'none'))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
