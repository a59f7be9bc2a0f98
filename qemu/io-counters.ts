import { readdirSync, readFileSync } from 'node:fs';
import { toRecord } from './unknown-record.ts';

/** Bytes that went through a VM's devices, as its guest sees them: in are those that it read or received. */
export interface IoCounters {
  readonly inBytes: number;
  readonly outBytes: number;
}

/**
 * Adds up the answer of `query-blockstats` (qapi/block-core.json): all disks since qemu started. What a snapshot's base file
 * was asked for is within its disk's entry, and not counted again.
 */
export function parseBlockStats(answer: unknown): IoCounters {
  const stats = (Array.isArray(answer) ? answer : []).map(entry => toRecord(toRecord(entry)?.['stats']));
  const sum = (name: string) =>
    stats.reduce((total, one) => total + (typeof one?.[name] === 'number' ? one[name] : 0), 0);
  return { inBytes: sum('rd_bytes'), outBytes: sum('wr_bytes') };
}

/**
 * Adds up what went through the taps of a qemu, since it started.
 *
 * @returns undefined where it has none, as with user networking, or its files are not ours to read.
 */
export function readTapCounters(
  qemuPid: number,
  { proc = '/proc', net = '/sys/class/net' }: { readonly proc?: string; readonly net?: string } = {},
): IoCounters | undefined {
  try {
    const folder = `${proc}/${qemuPid}/fdinfo`;
    const infos = readdirSync(folder).map(fd => readFileSync(`${folder}/${fd}`, 'utf8'));
    // Linux names a tap's interface there; a NIC with several queues has it open more than once.
    const taps = new Set(infos.flatMap(info => /^iff:\t(\S+)$/m.exec(info)?.[1] ?? []));
    if (taps.size === 0) return undefined;
    const count = (name: string) =>
      [...taps].reduce(
        (sum, tap) => sum + Number(readFileSync(`${net}/${tap}/statistics/${name}`, 'utf8')),
        0,
      );
    // What the host sends into a tap is what its guest receives.
    return { inBytes: count('tx_bytes'), outBytes: count('rx_bytes') };
  } catch {
    return undefined;
  }
}
