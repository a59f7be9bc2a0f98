import type { HostKey } from '../boot/host-key.ts';
import type { ReportedByDriver } from '../state/driver-report-table.ts';

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
  reported: ReportedByDriver | undefined,
): readonly HostKeyConflict[] {
  return told.flatMap(key => {
    const printed = reported?.hostKeys?.find(({ algorithm }) => algorithm === key.algorithm);
    return printed === undefined || printed.key === key.key ? [] : [{ told: key, printed }];
  });
}
