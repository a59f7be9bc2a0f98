import { keepCurrentKeys } from '../observe/current-host-keys.ts';
import { readVmRecord, type VmRecord } from '../observe/vm-record.ts';
import { buildRegisteredVmFacts } from '../registration/build-vm-facts.ts';
import { findHostKeyConflicts } from '../registration/find-host-key-conflicts.ts';
import { takeTurns } from '../take-turns.ts';
import { readVmName } from '../vm-name.ts';
import type { AdminServerOptions } from './admin-server-options.ts';
import type { VmHostKeys } from './render-known-hosts.ts';

/**
 * The host keys that ssh may believe: those of VMs that are there, but for keys that their own console contradicts or that
 * they may have no more. A VM that is gone may have had the address that another machine has now. A seed that a registered
 * VM has is not also the name of another one, which had it before.
 */
export async function listHostKeys(options: AdminServerOptions): Promise<readonly VmHostKeys[]> {
  const { observer, state } = options;
  const all: VmHostKeys[] = [];
  const rest = takeTurns();
  for (const vm of observer.listVms()) {
    await rest();
    const keys = state.hostKeys.list(vm.id);
    const record = keys.length === 0 ? undefined : readVmRecord(vm, options);
    if (record === undefined || !(await isThere(record, options))) continue;
    const current = keepCurrentKeys(keys, record);
    const printed = keepCurrentKeys(state.driverReports.listHostKeys(vm.id), record);
    const conflicts = findHostKeyConflicts(current, printed);
    const believed = current.filter(key => !conflicts.some(({ told }) => told === key));
    all.push({ name: chooseName(record, options), keys: believed });
  }
  return all;
}

/** Whether its driver has not taken it off; without one, whether it has a folder, which may be away for a while. */
async function isThere({ vm, registered }: VmRecord, { store }: AdminServerOptions): Promise<boolean> {
  if (registered !== undefined) return registered.goneAt === undefined;
  return (await store.findSeed(readVmName(vm.key))) !== undefined;
}

function chooseName({ vm, registered }: VmRecord, { state }: AdminServerOptions): string | undefined {
  if (registered !== undefined) return buildRegisteredVmFacts(registered.facts).hostname;
  const path = readVmName(vm.key);
  return state.registrations.listBySeed(path).length > 0 ? undefined : path.split('/').at(-1);
}
