import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How often and how long a control group was kept from the CPU by a quota. */
export interface CpuThrottling {
  readonly periods: number;
  readonly timeNs: number;
}

/**
 * The `cpu.stat` of the control group a process is in; undefined where there is none to be read.
 *
 * @param root where control groups are mounted.
 */
export function findCpuStat(pid: number, root = '/sys/fs/cgroup'): string | undefined {
  let groups: string;
  try {
    groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    // ENOENT: the process has ended.
    return undefined;
  }
  return listCpuStats(groups, root).find(path => existsSync(path));
}

/** Where the file may be, by the text of /proc/PID/cgroup (cgroups(7)): version 1 has a folder for each controller. */
export function listCpuStats(groups: string, root: string): readonly string[] {
  return groups.split('\n').flatMap(line => {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || group === undefined) return [];
    if (controllers === '') return [join(root, group, 'cpu.stat')];
    if (!controllers.split(',').includes('cpu')) return [];
    return [join(root, 'cpu', group, 'cpu.stat'), join(root, controllers, group, 'cpu.stat')];
  });
}

/** Reads version 1's nanoseconds and version 2's microseconds; undefined where no quota can be set. */
export function readCpuThrottling(path: string): CpuThrottling | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // ENOENT: the group is gone, with the VM.
    return undefined;
  }
  const figure = (name: string) => {
    const digits = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const periods = figure('nr_throttled');
  const timeUs = figure('throttled_usec');
  const timeNs = figure('throttled_time') ?? (timeUs === undefined ? undefined : timeUs * 1_000);
  return periods === undefined || timeNs === undefined ? undefined : { periods, timeNs };
}
