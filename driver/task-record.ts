import { basename, dirname } from 'node:path';
import type { ProcessIdentity } from '../qemu/process-identity.ts';
import { buildVmFiles, type VmFiles } from '../qemu/vm-files.ts';
import type { Personality } from './config/personality.ts';
import type { PoweroffPolicy } from './config/poweroff-policy.ts';
import type { OomWatch } from './oom-watch.ts';
import type { TaskExit } from './task-exit.ts';
import type { VmPhase } from './task-state.ts';

/**
 * What must be known of a task when plugin, agent or both are gone and come back. Written to the VM's state folder
 * before what it says is acted on; a copy of the first complete one travels in Nomad's task handle.
 *
 *   starting ──► running (its phases: task-state.ts) ──► exited
 *      └── gone again when the start fails
 */
export interface TaskRecord {
  /** Of this format. A plugin reads every version up to its own. */
  readonly version: 1;
  /** Two plugins on one agent never touch each other's VMs. */
  readonly owner: Personality;
  readonly taskId: string;
  readonly allocId: string;
  readonly taskName: string;
  /** Host folder of the allocation: where it is gone, nobody can ask for this VM any more. */
  readonly allocDir: string;
  /** Whether Nomad collects the console: false where the job has `logs { disabled = true }`. */
  readonly hasLog: boolean;
  /** Names the VM for good, see vm-identity.ts. */
  readonly identity: string;
  readonly macAddresses: readonly string[];
  /** Numbers of the NICs that are on a LAN, so that others reach the guest's address there. Older records: all. */
  readonly lanNics?: readonly number[];
  /** The VM's overlay, which no other VM may use; absent for an image that is used in place. */
  readonly diskPath?: string;
  /** Guest ports by label that Nomad was told of; see `planDriverNetwork`. */
  readonly driverPorts?: Readonly<Record<string, number>>;
  /** How the seed server knows the VM; absent for one that it was not told of. */
  readonly registration?: TaskRegistration;
  readonly files: VmFiles;
  readonly isGraceful: boolean;
  readonly hasGuestAgent: boolean;
  readonly onGuestPoweroff: PoweroffPolicy;
  readonly stage: TaskStage;
}

/** A registration with the seed server, beside identity and allocation. No secret is in it. */
export interface TaskRegistration {
  /** The node's name, as the server was told it. */
  readonly node: string;
  /** How long after the VM's start cloud-init must have ended well; absent: the task does not depend on it. */
  readonly mustFinishWithinMs?: number;
}

/** A record of a VM that runs, or ran when it was last looked at. */
export type RunningRecord = TaskRecord & { readonly stage: RunningStage };

/** Where in its life the task is. */
export type TaskStage = StartingStage | RunningStage | ExitedStage;

/** qemu may have been spawned or not; `qemu.pid` among the files tells. */
export interface StartingStage {
  readonly tag: 'starting';
}

export interface RunningStage {
  readonly tag: 'running';
  readonly wrapper: ProcessIdentity;
  readonly qemu: ProcessIdentity;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly phase: VmPhase;
  /** Absent where there is no control group that counts. */
  readonly oomWatch?: OomWatch;
}

export interface ExitedStage {
  readonly tag: 'exited';
  readonly startedAt: string;
  readonly completedAt: string;
  readonly exit: TaskExit;
  /** How it ended, for people. */
  readonly summary: string;
}

/** The newest format this plugin reads. */
export const RECORD_VERSION = 1;

/**
 * Reads a record that this plugin or an older one wrote.
 *
 * @throws SyntaxError on anything else; the message names what is wrong.
 */
export function parseTaskRecord(text: string): TaskRecord {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new SyntaxError('Cannot read a task record: it is not a JSON object');
  if (value['version'] !== RECORD_VERSION) {
    throw new SyntaxError(
      `Cannot read a task record of version ${String(value['version'])}: this plugin reads ${RECORD_VERSION}`,
    );
  }
  const missing = REQUIRED_FIELDS.filter(field => value[field] === undefined);
  if (missing.length > 0) throw new SyntaxError(`Cannot read a task record: ${missing.join(', ')} missing`);
  // The version and the fields were checked above; the file is ours alone (mode 0600).
  return complete(value as Partial<TaskRecord> as TaskRecord);
}

export function renderTaskRecord(record: TaskRecord): string {
  return JSON.stringify(record);
}

/** Adds what the first plugins of this version did not write yet, as it was with them. */
function complete(record: TaskRecord): TaskRecord {
  const { stateDir, runDir } = record.files;
  const roots = { stateRoot: dirname(stateDir), runRoot: dirname(runDir) };
  return {
    ...EARLIER,
    ...record,
    files: { ...buildVmFiles(roots, basename(stateDir)), ...record.files },
    stage: completeStage(record.stage),
  };
}

/** The folder always exists, so that the VM is never taken for an orphan. */
const EARLIER: Partial<TaskRecord> = { allocDir: '/', hasLog: true, onGuestPoweroff: 'exit' };

function completeStage(stage: TaskStage): TaskStage {
  switch (stage.tag) {
    case 'starting':
      return stage;
    case 'running': {
      const earlier: Partial<RunningStage> = { phase: { tag: 'on' } };
      return { ...earlier, ...stage };
    }
    case 'exited': {
      const earlier: Partial<ExitedStage> = { summary: `VM ended with exit code ${stage.exit.exitCode}` };
      return { ...earlier, ...stage };
    }
  }
}

const REQUIRED_FIELDS = [
  'owner',
  'taskId',
  'allocId',
  'taskName',
  'identity',
  'macAddresses',
  'files',
  'stage',
] as const;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
