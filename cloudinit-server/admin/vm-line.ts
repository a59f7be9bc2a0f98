import { readVmRecord, type VmRecordOptions } from '../observe/vm-record.ts';
import { listHostKeyConflicts } from '../registration/find-host-key-conflicts.ts';
import type { ServerState } from '../state/state.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { readVmName } from '../vm-name.ts';
import { buildVmSummary, type VmFacts, type VmSummary } from './vm-report.ts';

/** A VM in one line, which remembers what it has read. */
export interface VmLine {
  readonly vm: KnownVm;
  readonly name: string;
  /** Undefined while the VM's registration is not complete. */
  read(): VmSummary | undefined;
  /** The VM has changed. */
  forget(): void;
}

/** What a line is made of. */
export interface VmLineOptions extends VmRecordOptions {
  readonly state: Pick<ServerState, 'registrations' | 'hostKeys' | 'driverReports'>;
  /** ms since the epoch. */
  readonly now: () => number;
}

type Memory =
  | { readonly kind: 'none' }
  /** Of a VM whose state changes with time alone. */
  | { readonly kind: 'facts'; readonly facts: VmFacts }
  | { readonly kind: 'settled'; readonly summary: VmSummary };

/** Creates one that has read nothing yet. */
export function createVmLine(vm: KnownVm, options: VmLineOptions): VmLine {
  let memory: Memory = { kind: 'none' };
  return {
    vm,
    name: readVmName(vm.key),
    read: () => {
      if (memory.kind === 'settled') return memory.summary;
      const facts = memory.kind === 'facts' ? memory.facts : readFacts(vm, options);
      if (facts === undefined) return undefined;
      const summary = buildVmSummary(facts, options.now());
      memory = isSettled(summary) ? { kind: 'settled', summary } : { kind: 'facts', facts };
      return summary;
    },
    forget: () => {
      memory = { kind: 'none' };
    },
  };
}

function readFacts(vm: KnownVm, options: VmLineOptions): VmFacts | undefined {
  const record = readVmRecord(vm, options);
  return record && { record, conflicts: listHostKeyConflicts(vm.id, options.state) };
}

/** Whether time alone can't change it any more. */
function isSettled({ state, registration }: VmSummary): boolean {
  switch (state) {
    case 'ready':
    case 'failed':
    case 'unobserved':
      return true;
    case 'new':
      // A registered one that never asks is stuck one day.
      return registration === null || registration.gone_at !== null;
    case 'booting':
    case 'stuck':
      return false;
  }
}
