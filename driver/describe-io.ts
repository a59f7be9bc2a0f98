import { parseBlockStats, readTapCounters } from '../qemu/io-counters.ts';

/**
 * What a VM has read, written, received and sent since qemu started, as a line of its account.
 *
 * @param blockStats the answer of `query-blockstats`
 */
export function describeIo(blockStats: unknown, qemuPid: number): string {
  const disks = parseBlockStats(blockStats);
  const nics = readTapCounters(qemuPid);
  const network =
    nics === undefined
      ? 'network unknown, as no NIC is on a bridge'
      : `network received ${toMib(nics.inBytes)}, sent ${toMib(nics.outBytes)}`;
  return `I/O since the VM was started: disk read ${toMib(disks.inBytes)}, written ${toMib(disks.outBytes)}; ${network}`;
}

function toMib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
