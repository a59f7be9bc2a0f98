import { setImmediate as letOthersRun } from 'node:timers/promises';
import { readVmRecord, type VmRecord } from '../observe/vm-record.ts';
import { buildRegisteredVmFacts } from '../registration/build-vm-facts.ts';
import { findHostKeyConflicts } from '../registration/find-host-key-conflicts.ts';
import { readVmName } from '../vm-name.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import { VMS_AT_ONCE } from './list-summaries.ts';
import type { VmHostKeys } from './render-known-hosts.ts';

/**
 * The host keys that ssh may believe: those of VMs that are there, but for keys that their own console contradicts. A
 * seed that a registered VM has is not also the name of another one, which had it before.
 */
export async function listHostKeys(options: AdminServerOptions): Promise<readonly VmHostKeys[]> {
  const { observer, state } = options;
  const all: VmHostKeys[] = [];
  for (const [index, vm] of observer.listVms().entries()) {
    if (index % VMS_AT_ONCE === VMS_AT_ONCE - 1) await letOthersRun();
    const record = readVmRecord(vm, options);
    if (record === undefined || record.registered?.goneAt !== undefined) continue;
    const keys = state.hostKeys.list(vm.id);
    const conflicts = findHostKeyConflicts(keys, state.driverReports.find(vm.id));
    const believed = keys.filter(key => !conflicts.some(({ told }) => told === key));
    all.push({ name: chooseName(record, options), keys: believed });
  }
  return all;
}

function chooseName({ vm, registered }: VmRecord, { state }: AdminServerOptions): string | undefined {
  if (registered !== undefined) return buildRegisteredVmFacts(registered.facts).hostname;
  const path = readVmName(vm.key);
  return state.registrations.listBySeed(path).length > 0 ? undefined : path.split('/').at(-1);
}
