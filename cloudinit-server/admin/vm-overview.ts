import type { Observer } from '../observe/observer.ts';
import { takeTurns } from '../take-turns.ts';
import { createVmLine, type VmLine, type VmLineOptions } from './vm-line.ts';
import type { VmSummary } from './vm-report.ts';

/** All VMs at a glance. */
export interface VmOverview {
  /** Every VM in one line, ordered by name. Guests are answered meanwhile. */
  list(): Promise<readonly VmSummary[]>;
}

/** What it works with. */
export interface VmOverviewOptions extends VmLineOptions {
  readonly observer: Observer;
}

/**
 * Opens it, until the signal is aborted. What it has read of a VM it keeps until that VM changes, so that looking again
 * costs little: pages do so every second, and there may be many thousands of VMs.
 */
export function createVmOverview(options: VmOverviewOptions, signal: AbortSignal): VmOverview {
  const { observer } = options;
  const lines = new Map<string, VmLine>();
  let inOrder: readonly VmLine[] = [];
  observer.onAnyChange(signal, key => lines.get(key)?.forget());

  const updateOrder = () => {
    const vms = observer.listVms();
    // One that was forgotten and has come back is another one.
    const fresh = vms.filter(vm => lines.get(vm.key)?.vm !== vm);
    for (const vm of fresh) lines.set(vm.key, createVmLine(vm, options));
    if (lines.size > vms.length) {
      const gone = new Set(lines.keys()).difference(new Set(vms.map(({ key }) => key)));
      for (const key of gone) lines.delete(key);
    } else if (fresh.length === 0) return;
    inOrder = [...lines.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return {
    list: async () => {
      updateOrder();
      const summaries: VmSummary[] = [];
      const rest = takeTurns();
      for (const line of inOrder) {
        await rest();
        const summary = line.read();
        if (summary !== undefined) summaries.push(summary);
      }
      return summaries;
    },
  };
}
