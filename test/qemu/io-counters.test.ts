import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBlockStats, readTapCounters } from '../../qemu/io-counters.ts';

describe('parseBlockStats()', () => {
  it('adds up the disks, and not what is behind them', () => {
    const disk = (rd_bytes: number, wr_bytes: number) => ({ stats: { rd_bytes, wr_bytes } });
    expect(parseBlockStats([{ ...disk(10, 1), backing: disk(999, 0) }, disk(20, 2)])).toEqual({
      inBytes: 30,
      outBytes: 3,
    });
  });

  it.each([[undefined], [[]], [{}], [[1, null, { stats: { rd_bytes: 'x' } }]]])(
    'counts nothing in %j',
    answer => expect(parseBlockStats(answer)).toEqual({ inBytes: 0, outBytes: 0 }),
  );
});

describe('readTapCounters()', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'io-counters-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = () => readTapCounters(7, { proc: join(root, 'proc'), net: join(root, 'net') });

  it('adds up the taps, each once, as the guest sees them', () => {
    write('proc/7/fdinfo/3', 'pos:\t0\n');
    for (const [fd, tap] of [
      ['10', 'tap0'],
      ['11', 'tap0'],
      ['12', 'tap1'],
    ])
      write(`proc/7/fdinfo/${fd}`, `pos:\t0\nflags:\t0104002\niff:\t${tap}\n`);
    for (const [tap, rx, tx] of [
      ['tap0', 1, 10],
      ['tap1', 2, 20],
    ] as const) {
      write(`net/${tap}/statistics/rx_bytes`, `${rx}\n`);
      write(`net/${tap}/statistics/tx_bytes`, `${tx}\n`);
    }
    expect(read()).toEqual({ inBytes: 30, outBytes: 3 });
  });

  it('knows nothing where there is no tap, or no process', () => {
    expect(read()).toBeUndefined();
    write('proc/7/fdinfo/3', 'pos:\t0\n');
    expect(read()).toBeUndefined();
  });
});
