import type { Vm } from '../qemu/vm.ts';
import type { SeedService } from './cloud-init/seed-service.ts';
import type { VmObservation } from './observation.ts';
import type { Log } from './plugin-log.ts';
import type { TaskEvents } from './task-events.ts';
import type { TaskExit } from './task-exit.ts';
import type { TaskRecord } from './task-record.ts';
import type { TaskStore } from './task-store.ts';

/**
 * One task as the agent knows it: a VM that was started, by this plugin process or one before it, until the agent
 * destroys it. Requests may be repeated.
 */
export interface Task {
  /** What is known of the task, as it is on disk. */
  readonly record: TaskRecord;
  /** What is found out about the guest; absent once its VM has ended before this process found it. */
  readonly observation?: VmObservation;
  /** The VM while it runs; undefined once it has ended. */
  readonly vm: Vm | undefined;
  /** Writes a line to the account of a VM that runs. */
  note(message: string): void;
  /** Switches on a guest that powered off and is held; false when it was not off. */
  powerOn(): Promise<boolean>;
  /** Settles when the VM has ended, its end is on record, and its logs are with Nomad. */
  readonly exited: Promise<TaskExit>;
  /** Stops the VM within the deadline, and returns when it has ended. */
  stop(deadlineMs: number, manner: StopManner): Promise<void>;
  /**
   * Forgets the task and removes what belongs to it alone.
   *
   * @throws DriverError when it still runs and `force` is not set.
   */
  destroy(force: boolean): Promise<void>;
  /** Lets go of the VM, which runs on. */
  detach(): void;
}

/** Whether the guest is asked to shut down as its job says, or its power is cut. */
export type StopManner = 'as-configured' | 'at-once';

/** What every task needs of the plugin it lives in. */
export interface TaskContext {
  readonly store: TaskStore;
  /** Absent where the operator has named no seed server to register VMs with. */
  readonly seeds?: SeedService;
  readonly events: TaskEvents;
  readonly log: Log;
}
