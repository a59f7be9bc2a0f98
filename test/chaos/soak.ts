import { setTimeout as delay } from 'node:timers/promises';
import { isProcessAlive, type ProcessIdentity } from '../../qemu/process-identity.ts';
import { createDriverLab, type DriverLab } from '../lab/driver-lab.ts';
import { inspectProcess } from './inspect-process.ts';
import { findDescendants, readUsage, type Usage } from './process-usage.ts';
import type { LiveHeap, SoakSample } from './soak-verdict.ts';
import { findPlugin, type RunningVm, replaceVm, restartVm, startVm } from './vms.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly guests: number;
  /** VMs that are restarted before it begins, as fast as it goes. */
  readonly warmUp: number;
}

export interface SoakResult {
  readonly samples: readonly SoakSample[];
  /** Objects of the plugin in use, after a garbage collection: towards the end of the warm-up, and at the end of all. */
  readonly liveHeapKib: LiveHeap;
  /** VMs that ended between these two looks. */
  readonly ended: number;
}

const PLUGIN_FILE = 'nomad-driver-vm';
const MINUTE_MS = 60_000;

/**
 * Restarts one VM and replaces another every minute, and samples what the plugin uses when all is quiet again. Before, many
 * are restarted: until some 150 VMs have ended the engine still compiles and makes room (measured).
 */
export async function runSoak(
  { minutes, guests, warmUp }: SoakOptions,
  report: (message: string) => void,
): Promise<SoakResult> {
  await using lab = await createDriverLab();
  report(`starting ${guests} VMs`);
  const jobs = Array.from({ length: guests }, (_, index) => `soak-${index}`);
  const vms = await Promise.all(jobs.map(job => startVm(lab, { job, commands: [], until: /tiny: ready/ })));
  const restartAll = async (rounds: number) => {
    for (let round = 1; round <= rounds; round += 1) {
      report(`warming up: all restarted ${round} of ${rounds} times`);
      vms.splice(0, vms.length, ...(await Promise.all(vms.map(vm => restartVm(lab, vm)))));
    }
  };
  const rounds = Math.ceil(warmUp / guests);
  const roundsAfter = Math.ceil(rounds / 3);
  await restartAll(rounds - roundsAfter);
  const plugin = await findPlugin(lab, PLUGIN_FILE);
  const { liveHeapKib: first } = await inspectProcess(lab, plugin.pid);
  // The look has the engine give memory back, which it takes again in the next minutes: that is no growth.
  await restartAll(roundsAfter);
  const startedAt = performance.now();
  const takeSample = async () => {
    const sample = await readQuiet(plugin, vms, (performance.now() - startedAt) / MINUTE_MS);
    report(
      `minute ${sample.minute.toFixed(1)}: RSS ${sample.rssKib} KiB, PSS ${sample.pssKib} KiB, ${sample.openFiles} files, ${sample.threads} threads, ${sample.processes} processes`,
    );
    return sample;
  };
  const samples = [await takeSample()];
  for (let minute = 1; minute <= minutes; minute += 1) {
    await disturb(lab, vms, minute - 1);
    const rest = startedAt + minute * MINUTE_MS - performance.now();
    if (rest < 0) report(`minute ${minute} took ${Math.round(-rest / 1000)} s longer: the host is slow`);
    await delay(Math.max(0, rest));
    samples.push(await takeSample());
  }
  const { liveHeapKib: last } = await inspectProcess(lab, plugin.pid);
  const ended = 2 * minutes + roundsAfter * guests;
  return { samples, liveHeapKib: { first, last }, ended };
}

/** One VM is restarted, and then the one half-way round is replaced. */
async function disturb(lab: DriverLab, vms: RunningVm[], turn: number): Promise<void> {
  const restarted = turn % vms.length;
  const replaced = (turn + Math.floor(vms.length / 2)) % vms.length;
  vms.splice(restarted, 1, await restartVm(lab, pick(vms, restarted)));
  vms.splice(replaced, 1, await replaceVm(lab, pick(vms, replaced)));
}

function pick(vms: readonly RunningVm[], index: number): RunningVm {
  const vm = vms[index];
  if (vm === undefined) throw new RangeError(`Cannot take VM ${index} of ${vms.length}`);
  return vm;
}

const READINGS = 5;

/** The lowest of some readings: Nomad's questions open files and take memory for a moment. */
async function readQuiet(
  plugin: ProcessIdentity,
  vms: readonly RunningVm[],
  minute: number,
): Promise<SoakSample> {
  const lost = vms.find(({ qemu }) => !isProcessAlive(qemu));
  if (lost !== undefined) throw new Error(`The VM of job "${lost.job}" ended by itself`);
  const readings: Usage[] = [];
  for (let reading = 0; reading < READINGS; reading += 1) {
    if (!isProcessAlive(plugin)) throw new Error('The plugin ended by itself');
    const { length: below } = await findDescendants(plugin.pid);
    readings.push({ ...(await readUsage(plugin.pid)), processes: 1 + below });
    await delay(300);
  }
  const lowest = (read: (usage: Usage) => number) => Math.min(...readings.map(read));
  return {
    minute,
    rssKib: lowest(usage => usage.rssKib),
    pssKib: lowest(usage => usage.pssKib),
    openFiles: lowest(usage => usage.openFiles),
    threads: lowest(usage => usage.threads),
    processes: lowest(usage => usage.processes),
  };
}
