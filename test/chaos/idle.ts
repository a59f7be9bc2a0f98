import { setTimeout as delay } from 'node:timers/promises';
import { isProcessAlive } from '../../qemu/process-identity.ts';
import { createDriverLab, type DriverLab } from '../lab/driver-lab.ts';
import { type Insides, inspectProcess } from './inspect-process.ts';
import { addUsages, findDescendants, readUsage, type Usage } from './process-usage.ts';
import { findPlugin, type RunningVm, startVm } from './vms.ts';

export interface IdleOptions {
  readonly guests: number;
  readonly seconds: number;
}

/** What some processes used while nothing happened. */
export interface IdleCost {
  readonly name: string;
  /** VMs that it is the cost of. */
  readonly vms: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly before: Usage;
  readonly after: Usage;
}

export interface IdleResult {
  /** The plugin, the same plugin without a VM, all wrappers with their tails, and all emulators. */
  readonly costs: readonly IdleCost[];
  /** VMs that were not the same at the end. */
  readonly lost: number;
  /** Of the plugin with the VMs: timers, connections and live memory. */
  readonly insides: Insides;
  readonly seconds: number;
}

/** What a start leaves to be done, such as finding the address, is over by then. */
const SETTLE_MS = 20_000;

/** Starts VMs and measures what they cost while they and their operator do nothing. Nomad asks for figures every second. */
export async function runIdle(
  { guests, seconds }: IdleOptions,
  report: (message: string) => void,
): Promise<IdleResult> {
  await using lab = await createDriverLab();
  report(`starting ${guests} VMs`);
  const jobs = Array.from({ length: guests }, (_, index) => `idle-${index}`);
  const vms = await Promise.all(jobs.map(job => startVm(lab, { job, commands: [], until: /tiny: ready/ })));
  await delay(SETTLE_MS);
  const groups = await findGroups(lab, vms);
  report(`measuring for ${seconds} s`);
  const startedAt = performance.now();
  const before = await readGroups(groups);
  await delay(seconds * 1000);
  const after = await readGroups(groups);
  const elapsedMs = performance.now() - startedAt;
  const costs = groups.map(({ name, vms }, index) => {
    const [one, other] = [before[index], after[index]];
    if (one === undefined || other === undefined) throw new Error(`Did not measure "${name}"`);
    return {
      name,
      vms,
      cpuPercent: ((other.cpuMs - one.cpuMs) / elapsedMs) * 100,
      before: one,
      after: other,
    };
  });
  const lost = vms.filter(({ qemu }) => !isProcessAlive(qemu)).length;
  const { pid } = await findPlugin(lab, 'nomad-driver-vm');
  const insides = await inspectProcess(lab, pid);
  return { costs, lost, insides, seconds: elapsedMs / 1000 };
}

interface Group {
  readonly name: string;
  readonly vms: number;
  readonly find: () => Promise<readonly number[]>;
}

/** Which processes cost what. A group's processes are looked for anew each time: they may start some. */
async function findGroups(lab: DriverLab, vms: readonly RunningVm[]): Promise<readonly Group[]> {
  const plugin = await findPlugin(lab, 'nomad-driver-vm');
  const bystander = await findPlugin(lab, 'qemu');
  const emulators = vms.map(({ qemu }) => qemu.pid);
  const withChildren = async (pid: number) => [pid, ...(await findDescendants(pid))];
  const findOfVms = async () =>
    (await Promise.all(vms.map(({ wrapper }) => withChildren(wrapper.pid)))).flat();
  const without = (pids: readonly number[], others: readonly number[]) =>
    pids.filter(pid => !others.includes(pid));
  return [
    {
      name: 'plugin',
      vms: vms.length,
      // VMs are its children until it is restarted.
      find: async () => without(await withChildren(plugin.pid), await findOfVms()),
    },
    { name: 'plugin without VMs', vms: 0, find: () => withChildren(bystander.pid) },
    { name: 'wrappers and tails', vms: vms.length, find: async () => without(await findOfVms(), emulators) },
    { name: 'emulators', vms: vms.length, find: async () => emulators },
  ];
}

async function readGroups(groups: readonly Group[]): Promise<readonly Usage[]> {
  return await Promise.all(
    groups.map(async ({ find }) => addUsages(await Promise.all((await find()).map(readUsage)))),
  );
}
