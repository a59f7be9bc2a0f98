import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asArray, asRecord } from '../../test/lab/nomad/task.ts';
import { renderTinyJob } from '../../test/lab/tiny-job.ts';
import { waitUntil } from '../../test/lab/wait-until.ts';
import { type AddedMemory, listProcesses, measureAddedMemory } from './added-memory.ts';
import type { BenchLab } from './bench-lab.ts';
import { inNextFolder, nowMs, waitForFirstByte } from './first-byte.ts';
import { parseJob, purgeJob, submitJob } from './job-requests.ts';

/** One VM that ran as a Nomad job. It is gone. */
export interface NomadStart {
  /** From the job's submission to the first byte of the guest's console. */
  readonly firstByteMs: number;
  /** From there to the first byte that `nomad alloc logs` would show. */
  readonly logMs: number;
  /** From the task's event "Task Setup", the last thing before its driver, to the guest's first byte. */
  readonly fromSetupMs: number;
  readonly addedMemory: AddedMemory;
}

/** By then whatever a driver starts beside qemu is there. */
const SETTLE_MS = 1_000;

/** Submits a job, measures its VM and ends it. */
export async function startByNomad(
  bench: BenchLab,
  driver: 'vm' | 'qemu',
  round: number,
  signal: AbortSignal,
): Promise<NomadStart> {
  const { lab, nomad, stateRoot } = bench;
  const id = `bench-${driver}-${round}`;
  const ownConsole = join(lab.folder, `${id}.console`);
  const config = driver === 'vm' ? vmConfig(bench) : builtInConfig(bench, ownConsole);
  const text = renderTinyJob({ id, driver, config, killTimeout: '5s' });
  const job = await parseJob(nomad.socketPath, text, signal);
  const findConsole = driver === 'vm' ? inNextFolder(stateRoot, 'console.log') : () => ownConsole;
  const findLog = inNextFolder(join(nomad.dataFolder, 'alloc'), 'alloc', 'logs', 'vm.stdout.0');
  const before = await listProcesses(lab.name);
  try {
    const submittedAt = nowMs();
    const [firstByteAt, logAt] = await Promise.all([
      waitForFirstByte(`driver "${driver}"`, findConsole, signal),
      waitForFirstByte(`driver "${driver}" in the log`, findLog, signal),
      submitJob(nomad.socketPath, job, signal),
    ]);
    await delay(SETTLE_MS, undefined, { signal });
    const addedMemory = await measureAddedMemory(lab.name, before);
    const setupAt = await readSetupTime(bench, id, signal);
    return {
      firstByteMs: firstByteAt - submittedAt,
      logMs: logAt - submittedAt,
      fromSetupMs: firstByteAt - setupAt,
      addedMemory,
    };
  } finally {
    await end(bench, id, before);
    await rm(ownConsole, { force: true });
  }
}

function vmConfig({ lab, image }: BenchLab): string {
  return `
    image             = ${JSON.stringify(image)}
    accelerator       = "tcg"
    graceful_shutdown = false
    network { bridge = "${lab.bridge}" }`;
}

/** As its users write it, but that qemu writes the console to a file as well as to the log: the same byte is timed. */
function builtInConfig({ lab, imageCopy }: BenchLab, console: string): string {
  const args = [
    ['-netdev', `bridge,id=nic,br=${lab.bridge}`],
    ['-device', 'virtio-net-pci,netdev=nic,mac=52:54:00:be:0c:01'],
    ['-chardev', `stdio,id=console,signal=off,logfile=${console}`],
    ['-serial', 'chardev:console'],
    ['-monitor', 'none'],
  ];
  return `
    image_path      = ${JSON.stringify(imageCopy)}
    accelerator     = "tcg"
    drive_interface = "virtio"
    args            = ${JSON.stringify(args.flat())}`;
}

/** Milliseconds since 1970; the agent reports its events to its server a moment later. */
async function readSetupTime({ nomad }: BenchLab, job: string, signal: AbortSignal): Promise<number> {
  const ask = async () => {
    const allocations = asArray(await nomad.json(`/v1/job/${job}/allocations`));
    const task = asRecord(asRecord(asRecord(allocations[0])['TaskStates'])['vm']);
    const setup = asArray(task['Events'])
      .map(asRecord)
      .find(event => event['Type'] === 'Task Setup');
    return setup === undefined ? undefined : Number(setup['Time']) / 1e6;
  };
  return await waitUntil(`the events of job "${job}"`, ask, signal);
}

/** Ends a job even when the run was given up, and waits until nothing of it is left. */
async function end({ lab, nomad }: BenchLab, id: string, before: ReadonlySet<number>): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  await purgeJob(nomad.socketPath, id, signal);
  const isGone = async () => {
    const left = [...(await listProcesses(lab.name))].filter(pid => !before.has(pid));
    return left.length === 0 ? true : undefined;
  };
  await waitUntil(`the end of job "${id}"`, isGone, signal);
}
