import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeError, type Log } from './plugin-log.ts';
import type { TaskRequest } from './task-request.ts';

/** What to write into the control groups that Nomad made for a task, and which ones qemu is to join. */
export interface CgroupPlan {
  readonly writes: readonly CgroupWrite[];
  /** `cgroup.procs` files, one for each hierarchy. */
  readonly procsPaths: readonly string[];
  /** Where the kernel counts what it kills in the task's group for want of memory. */
  readonly oomCounterPath?: string;
}

/** One control file and its value. */
export interface CgroupWrite {
  readonly path: string;
  readonly value: string;
}

/** How much the VM may use. */
export interface CgroupLimits {
  /** Undefined: no limit. */
  readonly memoryLimitBytes: number | undefined;
}

/**
 * Finds the task's groups from the one path that Nomad hands over. Version 2 has one group with everything; version 1
 * has one a controller, of which Nomad makes freezer, cpu and memory from 1.7 on and leaves the limits to the driver.
 */
export function planCgroups(request: TaskRequest, limits: CgroupLimits): CgroupPlan {
  const given = request.resources.cpusetCgroup;
  if (given === '') return { writes: [], procsPaths: [] };
  return given.startsWith(V1_CPUSET_PREFIX) ? planV1(given, request, limits) : planV2(given, request, limits);
}

const V1_CPUSET_PREFIX = '/sys/fs/cgroup/cpuset/';

function planV1(cpusetPath: string, request: TaskRequest, limits: CgroupLimits): CgroupPlan {
  const { cpuMhz, cpusetCpus } = request.resources;
  const own = (controller: string) =>
    `/sys/fs/cgroup/${controller}/nomad/${request.allocId}.${request.taskName}`;
  // A reserved cpuset has no CPUs until the driver writes them, and cannot be joined before (seen with Nomad 1.11.3).
  const cpuset = cpusetCpus === '' ? [] : [{ path: join(cpusetPath, 'cpuset.cpus'), value: cpusetCpus }];
  const memory = limits.memoryLimitBytes;
  const memoryWrite = { path: join(own('memory'), 'memory.limit_in_bytes'), value: String(memory) };
  return {
    writes: [
      ...cpuset,
      { path: join(own('cpu'), 'cpu.shares'), value: String(Math.max(2, cpuMhz)) },
      ...(memory === undefined ? [] : [memoryWrite]),
    ],
    procsPaths: [cpusetPath, own('freezer'), own('cpu'), own('memory')].map(path =>
      join(path, 'cgroup.procs'),
    ),
    oomCounterPath: join(own('memory'), 'memory.oom_control'),
  };
}

function planV2(path: string, request: TaskRequest, limits: CgroupLimits): CgroupPlan {
  const { cpuMhz, cpusetCpus } = request.resources;
  return {
    writes: [
      {
        path: join(path, 'memory.max'),
        value: limits.memoryLimitBytes === undefined ? 'max' : String(limits.memoryLimitBytes),
      },
      { path: join(path, 'cpu.weight'), value: String(weightFromShares(cpuMhz)) },
      ...(cpusetCpus === '' ? [] : [{ path: join(path, 'cpuset.cpus'), value: cpusetCpus }]),
    ],
    procsPaths: [join(path, 'cgroup.procs')],
    oomCounterPath: join(path, 'memory.events'),
  };
}

/** Version 1's shares (2 to 262144) as version 2's weight (1 to 10000), by the formula of the OCI runtimes. */
function weightFromShares(shares: number): number {
  const bounded = Math.min(Math.max(shares, 2), 262_144);
  return Math.floor(1 + ((bounded - 2) * 9_999) / 262_142);
}

/**
 * Writes the limits and returns the groups that can be joined. A group that Nomad did not make is left out: agents
 * without cgroups hand over a path all the same.
 */
export function applyCgroups(plan: CgroupPlan, log: Log): readonly string[] {
  for (const { path, value } of plan.writes) {
    if (!existsSync(dirname(path))) continue;
    try {
      writeFileSync(path, value);
    } catch (error) {
      log('warn', 'cannot set a limit of the task', { path, value, error: describeError(error) });
    }
  }
  return plan.procsPaths.filter(path => existsSync(path));
}
