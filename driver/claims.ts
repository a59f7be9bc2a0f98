import { isProcessAlive } from '../qemu/process-identity.ts';
import type { TaskRecord } from './task-record.ts';

/**
 * Who uses what on this node: two VMs with one MAC address take each other off the network, two on one disk destroy it.
 * MAC addresses are claimed as such, disks by their paths.
 */
export class Claims {
  readonly #listRecords: () => readonly TaskRecord[];
  /** Claims of VMs that are being started and have no record yet, by task id. */
  readonly #starting = new Map<string, readonly string[]>();

  constructor(listRecords: () => readonly TaskRecord[]) {
    this.#listRecords = listRecords;
  }

  /**
   * Claims MAC addresses and disk of a task that starts; `release` gives them back once its record stands, or the start failed.
   *
   * @returns who holds what, the task's own apart.
   */
  claim(task: TaskRecord): ReadonlyMap<string, string> {
    const { taskId } = task;
    const holders = new Map<string, string>();
    for (const record of this.#listRecords()) {
      if (record.taskId === taskId || !isRunning(record)) continue;
      for (const held of listHeld(record))
        holders.set(held, `task "${record.taskName}" of allocation ${record.allocId.slice(0, 8)}`);
    }
    for (const [starting, claimed] of this.#starting) {
      if (starting !== taskId)
        for (const held of claimed)
          holders.set(held, `a VM that is being started (allocation ${starting.slice(0, 8)})`);
    }
    this.#starting.set(taskId, listHeld(task));
    return holders;
  }

  release(taskId: string): void {
    this.#starting.delete(taskId);
  }
}

function listHeld({ macAddresses, diskPath }: TaskRecord): readonly string[] {
  return diskPath === undefined ? macAddresses : [...macAddresses, diskPath];
}

function isRunning({ stage }: TaskRecord): boolean {
  return stage.tag === 'running' && isProcessAlive(stage.qemu);
}
