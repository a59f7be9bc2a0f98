import { isProcessAlive } from '../qemu/process-identity.ts';
import type { TaskRecord } from './task-record.ts';

/** Who uses which MAC address on this node: two VMs with one address take each other off the network. */
export class MacRegistry {
  readonly #listRecords: () => readonly TaskRecord[];
  /** Addresses of VMs that are being started and have no record yet, by task id. */
  readonly #starting = new Map<string, readonly string[]>();

  constructor(listRecords: () => readonly TaskRecord[]) {
    this.#listRecords = listRecords;
  }

  /**
   * Claims addresses for a task that starts; `release` gives them back once its record stands, or the start failed.
   *
   * @returns who holds which of all addresses, the task's own apart.
   */
  claim(taskId: string, macAddresses: readonly string[]): ReadonlyMap<string, string> {
    const holders = new Map<string, string>();
    for (const record of this.#listRecords()) {
      if (record.taskId === taskId || !isRunning(record)) continue;
      for (const mac of record.macAddresses)
        holders.set(mac, `task "${record.taskName}" of allocation ${record.allocId.slice(0, 8)}`);
    }
    for (const [starting, macs] of this.#starting) {
      if (starting !== taskId)
        for (const mac of macs)
          holders.set(mac, `a VM that is being started (allocation ${starting.slice(0, 8)})`);
    }
    this.#starting.set(taskId, macAddresses);
    return holders;
  }

  release(taskId: string): void {
    this.#starting.delete(taskId);
  }
}

function isRunning({ stage }: TaskRecord): boolean {
  return stage.tag === 'running' && isProcessAlive(stage.qemu);
}
