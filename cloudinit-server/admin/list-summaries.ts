import { setImmediate as letOthersRun } from 'node:timers/promises';
import { readVmRecord } from '../observe/vm-record.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { buildVmSummary, type VmSummary } from './vm-report.ts';

/** After so many VMs guests get their turn: the first list after a start reads every one from disk. */
export const VMS_AT_ONCE = 100;

/** Every VM in one line, ordered by name. */
export async function listSummaries(options: AdminServerOptions): Promise<readonly VmSummary[]> {
  const { observer, now } = options;
  const summaries: VmSummary[] = [];
  for (const [index, vm] of observer.listVms().entries()) {
    if (index % VMS_AT_ONCE === VMS_AT_ONCE - 1) await letOthersRun();
    const record = readVmRecord(vm, options);
    if (record !== undefined) summaries.push(buildVmSummary(record, now()));
  }
  return summaries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
