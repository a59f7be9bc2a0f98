import { killLeftovers } from '../../qemu/leftover-processes.ts';
import { memoryOverheadMib } from '../../qemu/memory-overhead.ts';
import { writeSeedSource } from '../../qemu/seed-source.ts';
import type { Vm } from '../../qemu/vm.ts';
import { launchVm } from '../../qemu/vm-launch.ts';
import type { VmSpec } from '../../qemu/vm-spec.ts';
import { applyCgroups, planCgroups } from '../cgroup.ts';
import { keepRegistration } from '../cloud-init/keep-registration.ts';
import type { KeptRegistration } from '../cloud-init/seed-service.ts';
import { openOomWatch } from '../oom-watch.ts';
import type { TaskContext } from '../task.ts';
import type { RunningRecord, TaskRecord } from '../task-record.ts';
import type { TaskRequest } from '../task-request.ts';
import { prepareDisk } from './disk.ts';
import { buildVmCommand } from './vm-command.ts';

/** qemu answers 50 ms after its start (measured); a node under heavy load may need far longer. */
const START_DEADLINE_MS = 60_000;
const MIB = 1024 * 1024;

/** The effects of a start, in order; what was made is unmade in reverse when one of them fails. */
export async function startVm(
  context: TaskContext,
  plan: {
    readonly spec: VmSpec;
    readonly request: TaskRequest;
    readonly record: TaskRecord;
    readonly diskSizeBytes: number;
    readonly registration: KeptRegistration | undefined;
  },
): Promise<{ readonly vm: Vm; readonly record: RunningRecord }> {
  const { spec, request, record } = plan;
  const { store, log } = context;
  store.remove(record.files);
  store.save(record);
  try {
    const cgroups = planCgroups(request, { memoryLimitBytes: memoryLimitBytes(spec, request) });
    const oomWatch = openOomWatch(cgroups.oomCounterPath);
    await prepareDisk(spec.disk, plan.diskSizeBytes);
    await writeSeedSource(spec, record.files);
    if (plan.registration !== undefined) keepRegistration(record.files, plan.registration);
    const vm = await launchVm(
      {
        files: record.files,
        workingDir: request.taskDir,
        command: buildVmCommand(spec, record.files, request.networkNamespacePath),
        consoleLogPath: request.stdoutPath,
        accountLogPath: request.stderrPath,
        cgroupProcsPaths: applyCgroups(cgroups, log),
      },
      AbortSignal.timeout(START_DEADLINE_MS),
    );
    const { wrapper, qemu } = vm.handle;
    const running = {
      ...record,
      stage: {
        tag: 'running',
        wrapper,
        qemu,
        startedAt: new Date().toISOString(),
        phase: { tag: 'on' },
        ...(oomWatch === undefined ? {} : { oomWatch }),
      },
    } as const;
    store.save(running);
    return { vm, record: running };
  } catch (error) {
    // A qemu without a record would be nobody's: no recovery, stop or sweep could find it.
    killLeftovers(record.files);
    store.remove(record.files);
    throw error;
  }
}

/** Guest RAM plus what qemu needs; a job's `memory_max` of -1 lifts the limit. */
function memoryLimitBytes(spec: VmSpec, { resources }: TaskRequest): number | undefined {
  if (resources.memoryMaxMib === -1) return undefined;
  const grantedMib = Math.max(resources.memoryMib, resources.memoryMaxMib);
  return (grantedMib + memoryOverheadMib(spec.accelerator, spec.memoryMib)) * MIB;
}
