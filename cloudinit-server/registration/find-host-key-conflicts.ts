import type { HostKey } from '../boot/host-key.ts';
import type { ServerState } from '../state/state.ts';

/** Two keys of one kind for one VM. */
export interface HostKeyConflict {
  /** By whoever has the VM's token. */
  readonly told: HostKey;
  /** On its console, which nobody but the guest writes to. */
  readonly printed: HostKey;
}

/** Keys that a VM has told and that are not those which its console has printed. */
export function findHostKeyConflicts(
  told: readonly HostKey[],
  printed: readonly HostKey[] = [],
): readonly HostKeyConflict[] {
  return told.flatMap(key => {
    const other = printed.find(({ algorithm }) => algorithm === key.algorithm);
    return other === undefined || other.key === key.key ? [] : [{ told: key, printed: other }];
  });
}

/** Those of a VM on record. */
export function listHostKeyConflicts(
  vmId: number,
  { hostKeys, driverReports }: Pick<ServerState, 'hostKeys' | 'driverReports'>,
): readonly HostKeyConflict[] {
  const printed = driverReports.listHostKeys(vmId);
  return printed.length === 0 ? [] : findHostKeyConflicts(hostKeys.list(vmId), printed);
}
