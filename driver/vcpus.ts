import { availableParallelism } from 'node:os';
import type { Personality } from './config/personality.ts';
import type { TaskResources } from './task-request.ts';

/** How many vCPUs a VM gets, and why: the reason is told to the user. */
export interface VcpuChoice {
  readonly vcpus: number;
  readonly reason: string;
}

/** The node, as far as CPU time is concerned. */
export interface HostCpus {
  readonly coreCount: number;
  /** MHz of one core, as Nomad counts it. */
  readonly coreMhz: number;
}

/** Of a core: MHz are what a processor's maker calls it, and people write round numbers. */
const TOLERANCE = 0.1;

/**
 * `cpus` of the job, else its reserved `cores`, else as many as it takes to use up the `cpu` MHz it asked for. The
 * drop-in for the built-in driver gives one, unless `cores` are reserved, as that one does.
 */
export function chooseVcpus(
  personality: Personality,
  configured: number | undefined,
  resources: Pick<TaskResources, 'cpuMhz' | 'cpusetCpus'>,
  host: HostCpus,
): VcpuChoice {
  if (configured !== undefined) return { vcpus: configured, reason: 'cpus in the job' };
  const cores = countCpus(resources.cpusetCpus);
  if (cores > 0) return { vcpus: cores, reason: `${cores} reserved cores` };
  if (personality === 'qemu')
    return { vcpus: 1, reason: 'the built-in driver gives one unless cores are reserved' };
  // Fewer could never use what was reserved; a little over a core is no wish for another one.
  const wanted = Math.ceil(resources.cpuMhz / host.coreMhz - TOLERANCE);
  const vcpus = Math.min(Math.max(wanted, 1), host.coreCount);
  return { vcpus, reason: `cpu = ${resources.cpuMhz} MHz on cores of ${Math.round(host.coreMhz)} MHz` };
}

/** How many CPUs a list such as "0,3-5" names; 0 for the empty list (cpuset(7), list format). */
export function countCpus(list: string): number {
  if (list.trim() === '') return 0;
  return list.split(',').reduce((sum, range) => {
    const [first = '', last = first] = range.split('-');
    return sum + Number(last) - Number(first) + 1;
  }, 0);
}

/** What to assume of the node until the agent has described it; agents before 1.7 never do. */
export function guessHostCpus(): HostCpus {
  return { coreCount: availableParallelism(), coreMhz: 1_000 };
}
