import { setImmediate as letOthersRun } from 'node:timers/promises';
import { readVmName } from '../vm-name.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { buildVmSummary, type VmSummary } from './vm-report.ts';

/** After so many VMs guests get their turn: the first list after a start reads every one from disk. */
export const VMS_AT_ONCE = 100;

/** Every VM in one line, ordered by seed. */
export async function listSummaries({ observer, now }: AdminServerOptions): Promise<readonly VmSummary[]> {
  const summaries: VmSummary[] = [];
  for (const [index, vm] of observer.listVms().entries()) {
    if (index % VMS_AT_ONCE === VMS_AT_ONCE - 1) await letOthersRun();
    summaries.push(buildVmSummary(readVmName(vm.key), observer.newestBoot(vm), now()));
  }
  return summaries.sort((a, b) => (a.seed < b.seed ? -1 : 1));
}
