import { type ProcessIdentity, readProcessIdentity } from '../../qemu/process-identity.ts';
import type { DriverLab } from '../lab/driver-lab.ts';
import { renderTinyJob } from '../lab/tiny-job.ts';
import { waitUntil } from '../lab/wait-until.ts';

/** A VM to run and measure. */
export interface VmRequest {
  readonly job: string;
  /** Commands for the tiny guest. */
  readonly commands: readonly string[];
  /** HCL inside the config block. */
  readonly config?: string;
  /** What the guest prints when it counts as started. */
  readonly until: RegExp;
}

export interface RunningVm {
  readonly job: string;
  /** What the job was run from. */
  readonly jobText: string;
  readonly allocId: string;
  readonly wrapper: ProcessIdentity;
  readonly qemu: ProcessIdentity;
  readonly diskPath: string;
}

/** Many start at once, on few cores. */
const START_MS = 240_000;
const STOP_MS = 120_000;

/** Starts a VM and waits for its guest. */
export async function startVm(lab: DriverLab, request: VmRequest): Promise<RunningVm> {
  const { job } = request;
  await lab.writeSeed(job, { 'user-data': request.commands.map(command => `#tiny: ${command}\n`).join('') });
  const config = `
    image = "${lab.tinyImage}"
    network { bridge = "br0" }
    cloud_init { seed = "${job}" }
    ${request.config ?? ''}`;
  const jobText = renderTinyJob({ id: job, config });
  await lab.nomad.run(jobText);
  const { allocId } = await lab.waitForConsole(job, request.until, START_MS);
  return describeVm(lab, { job, jobText, allocId });
}

/** Restarts a VM's task where it is, and waits for the guest's next start. */
export async function restartVm(lab: DriverLab, vm: RunningVm): Promise<RunningVm> {
  const starts = await countStarts(lab, vm.allocId);
  await lab.nomad.command('alloc', 'restart', vm.allocId);
  await waitForStart(lab, vm.job, vm.allocId, starts + 1);
  return describeVm(lab, vm);
}

/** Stops a VM's job and waits for its end; returns how long that took, in ms. */
export async function stopVm(lab: DriverLab, { job, allocId }: RunningVm): Promise<number> {
  const startedAt = performance.now();
  await lab.nomad.stopJob(job);
  const isOver = (task: { readonly allocId: string; readonly state: string }) =>
    task.allocId === allocId && task.state === 'dead';
  await lab.nomad.waitForTask(job, isOver, { timeoutMs: STOP_MS });
  return performance.now() - startedAt;
}

/** Stops a VM's job and runs it again: a new allocation with a new disk. */
export async function replaceVm(lab: DriverLab, vm: RunningVm): Promise<RunningVm> {
  await stopVm(lab, vm);
  const earlier = new Set((await lab.nomad.tasks(vm.job)).map(task => task.allocId));
  await lab.nomad.run(vm.jobText);
  const { allocId } = await lab.nomad.waitForTask(vm.job, task => !earlier.has(task.allocId), {
    timeoutMs: START_MS,
  });
  await waitForStart(lab, vm.job, allocId, 1);
  return describeVm(lab, { ...vm, allocId });
}

async function waitForStart(lab: DriverLab, job: string, allocId: string, starts: number): Promise<void> {
  const hasStarted = async () => ((await countStarts(lab, allocId)) >= starts ? true : undefined);
  await waitUntil(`start ${starts} of the guest of "${job}"`, hasStarted, AbortSignal.timeout(START_MS));
}

async function countStarts(lab: DriverLab, allocId: string): Promise<number> {
  return (await lab.nomad.logs(allocId, 'stdout')).split('tiny: ready').length - 1;
}

function describeVm(
  lab: DriverLab,
  { job, jobText, allocId }: Pick<RunningVm, 'job' | 'jobText' | 'allocId'>,
): RunningVm {
  const { stage, diskPath } = lab.record(allocId);
  if (stage.tag !== 'running' || diskPath === undefined)
    throw new Error(`The VM of job "${job}" is ${stage.tag}, its disk "${diskPath}"`);
  return { job, jobText, allocId, wrapper: stage.wrapper, qemu: stage.qemu, diskPath };
}

/** The plugin that the agent started from a file of this name. @throws when none runs */
export async function findPlugin(lab: DriverLab, fileName: string): Promise<ProcessIdentity> {
  const pid = await lab.nomad.pluginPid(fileName);
  const identity = pid === undefined ? undefined : readProcessIdentity(pid);
  if (identity === undefined) throw new Error(`The plugin "${fileName}" does not run`);
  return identity;
}
