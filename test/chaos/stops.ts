import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isProcessAlive } from '../../qemu/process-identity.ts';
import { createDriverLab, type DriverLab } from '../lab/driver-lab.ts';
import { checkFileSystem } from './file-system-check.ts';
import type { StopOutcome } from './stop-outcome.ts';
import { startVm, stopVm } from './vms.ts';

export interface StopsOptions {
  readonly stops: number;
  /** VMs that run and are stopped at the same time. */
  readonly atOnce: number;
}

export interface StopsResult {
  /** The last one is of the guest that ignores everything. */
  readonly outcomes: readonly StopOutcome[];
  readonly seconds: number;
}

/** The kill_timeout that a tiny job has unless it says otherwise. */
const DEADLINE_SECONDS = 20;
const FILES_TOLD = /tiny: (\d+) files written/g;

/** Stops VMs that write to their disks all the time, and looks at what is on the disks. */
export async function runStops(
  { stops, atOnce }: StopsOptions,
  report: (message: string) => void,
): Promise<StopsResult> {
  const startedAt = performance.now();
  await using lab = await createDriverLab();
  const outcomes: StopOutcome[] = [];
  while (outcomes.length < stops) {
    const first = outcomes.length + 1;
    const numbers = Array.from({ length: Math.min(atOnce, stops - outcomes.length) }, (_, i) => first + i);
    outcomes.push(...(await Promise.all(numbers.map(number => stopOne(lab, number)))));
    report(`stopped ${outcomes.length} of ${stops}`);
  }
  report('stopping a guest that ignores everything');
  outcomes.push(await startAndStop(lab, 'deaf', { isDeaf: true, config: '' }));
  return { outcomes, seconds: Math.round((performance.now() - startedAt) / 1000) };
}

/** Every other guest has no agent and is stopped by its power button. */
async function stopOne(lab: DriverLab, number: number): Promise<StopOutcome> {
  const config = number % 2 === 0 ? 'guest_agent = false' : '';
  return await startAndStop(lab, `stop-${number}`, { isDeaf: false, config });
}

/** Its guest agent answers and does as if it obeyed. */
const DEAFNESS = ['ignore-power-button', 'rm /sbin/shutdown', 'ln -s /bin/true /sbin/shutdown'];

async function startAndStop(
  lab: DriverLab,
  job: string,
  { isDeaf, config }: { readonly isDeaf: boolean; readonly config: string },
): Promise<StopOutcome> {
  const commands = [
    ...(isDeaf ? DEAFNESS : []),
    'mkdir /mnt && mount -t ext4 /dev/vda1 /mnt && write-busily /mnt/busy &',
  ];
  const vm = await startVm(lab, { job, commands, config, until: /files written/ });
  // At any moment of a write.
  await delay(Math.random() * 2_000);
  const seconds = (await stopVm(lab, vm)) / 1000;
  const isLeftRunning = isProcessAlive(vm.qemu);
  const events = await lab.nomad.events(vm.allocId);
  const told = [...(await lab.nomad.logs(vm.allocId, 'stdout')).matchAll(FILES_TOLD)].at(-1);
  const disk = await checkFileSystem(vm.diskPath, join(lab.lab.folder, `${job}.raw`), '/busy/written');
  // Nomad keeps the disks of 50 ended allocations.
  await lab.nomad.stopJob(job, '-purge');
  return {
    job,
    isDeaf,
    deadlineSeconds: DEADLINE_SECONDS,
    seconds,
    isLeftRunning,
    stopEvents: events.map(({ message }) => message).filter(message => /\bstopped\b/.test(message)),
    lastTold: Number(told?.[1] ?? 0),
    disk,
  };
}
