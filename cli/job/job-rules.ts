import { toBlocks } from '../hcl/record.ts';
import { isUnresolved } from '../hcl/references.ts';
import type { AgentRules } from './agent-rules.ts';
import { findArgumentMacs } from './allocation.ts';
import { toFinding } from './config-rules.ts';
import type { Finding } from './finding.ts';
import { lineOf } from './job-file.ts';
import { checkKillTimeout } from './kill-timeout-rules.ts';
import type { VmTask } from './vm-task.ts';

/** What is wrong with a VM because of the job around it: two VMs of one identity, or a stop cut short. */
export function checkJob(task: VmTask, agent: AgentRules): readonly Finding[] {
  return [
    ...checkSystemJob(task),
    ...checkCount(task),
    ...checkCanaries(task),
    ...checkPersistentDisk(task),
    ...checkKillTimeout(task, agent),
  ];
}

function checkSystemJob(task: VmTask): readonly Finding[] {
  if (task.jobType !== 'system' && task.jobType !== 'sysbatch') return [];
  const { name } = task.config;
  const nodes = `a "${task.jobType}" job runs on many nodes, each with allocation index 0`;
  const fixed = fixedMacPaths(task).map(path => {
    return toFinding(task, 'warning', {
      path,
      message: `${nodes}, so every node gets a VM with this MAC address; remove mac and set name = "vm-$\{node.unique.name}"`,
    });
  });
  if (!derivesMac(task)) return fixed;
  if (name === undefined) {
    const message = `is missing; ${nodes}, so their derived MAC addresses would be the same: set name = "vm-$\{node.unique.name}"`;
    return [...fixed, toFinding(task, 'error', { path: 'config.name', message })];
  }
  if (isUnresolved(name)) return fixed;
  const message = `${nodes}, so every node gets a VM of this name and its MAC addresses; put $\{node.unique.name} in it`;
  return [...fixed, toFinding(task, 'warning', { path: 'config.name', message })];
}

function checkCount(task: VmTask): readonly Finding[] {
  const { count, config } = task;
  if (count === undefined || count < 2) return [];
  const macs = fixedMacPaths(task).map(path => {
    const message = `all ${count} VMs of group "${task.group}" (count = ${count}) would have this MAC address; remove it to have one derived for each`;
    return toFinding(task, 'error', { path, message });
  });
  if (config.name === undefined || isUnresolved(config.name)) return macs;
  const message = `all ${count} VMs of group "${task.group}" (count = ${count}) would have this name; put $\{NOMAD_ALLOC_INDEX} in it`;
  return [...macs, toFinding(task, 'error', { path: 'config.name', message })];
}

function checkCanaries(task: VmTask): readonly Finding[] {
  if (typeof task.canaries !== 'number' || task.canaries < 1) return [];
  const message =
    'a canary runs beside the VM it replaces and has its allocation index, so both have the same MAC addresses and names; set canary = 0';
  const line = lineOf(task.file, [...task.groupSteps, { name: 'update' }, { name: 'canary' }]);
  return [{ file: task.file.path, line, severity: 'warning', path: 'update.canary', message }];
}

/** Nomad knows nothing of the disk, and starts the VM on whichever node has room. */
function checkPersistentDisk(task: VmTask): readonly Finding[] {
  const isPinned = task.constrained.some(attribute => /\bunique\b|\bmeta\b/.test(attribute));
  if (task.config.disk !== 'persistent' || isPinned) return [];
  const message = `is "persistent", but no constraint binds the VM to the node that has its disk; on any other one it begins with an empty disk: add constraint { attribute = "$\{node.unique.name}" value = "NODE" }`;
  return [toFinding(task, 'warning', { path: 'config.disk', message })];
}

/** Paths of the MAC addresses that are the same for every VM of the task. */
function fixedMacPaths(task: VmTask): readonly string[] {
  const networks = toBlocks(task.config.network).flatMap(({ mac }, index) => {
    return mac === undefined || mac === null || isUnresolved(mac) ? [] : [`config.network[${index}].mac`];
  });
  return [...networks, ...findArgumentMacs(task).map(({ index }) => `config.args[${index}]`)];
}

function derivesMac(task: VmTask): boolean {
  return toBlocks(task.config.network).some(({ mac }) => mac === undefined || mac === null);
}
