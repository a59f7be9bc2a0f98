import { parseSteps } from '../hcl/locate.ts';
import { findArgumentMacs, planNics } from './allocation.ts';
import type { Finding } from './finding.ts';
import { lineOf } from './job-file.ts';
import type { VmTask } from './vm-task.ts';

interface MacUse {
  readonly task: VmTask;
  readonly macAddress: string;
  readonly path: string;
}

/** Finds MAC addresses that more than one VM would have, across all files. The first to use one is in the right. */
export function findRepeatedMacs(tasks: readonly VmTask[]): readonly Finding[] {
  const firstByMac = new Map<string, MacUse>();
  const findings: Finding[] = [];
  for (const use of tasks.flatMap(listUses)) {
    const first = firstByMac.get(use.macAddress);
    if (first === undefined) firstByMac.set(use.macAddress, use);
    // Within one task the config's own rules and those of `count` have said it.
    else if (first.task !== use.task) findings.push(describe(use, first));
  }
  return findings;
}

function listUses(task: VmTask): readonly MacUse[] {
  const nics = planNics(task).flatMap(({ macAddress, nicIndex }) => {
    return macAddress === undefined ? [] : [{ task, macAddress, path: `config.network[${nicIndex}].mac` }];
  });
  const raw = findArgumentMacs(task).map(({ macAddress, index }) => ({
    task,
    macAddress,
    path: `config.args[${index}]`,
  }));
  return [...nics, ...raw];
}

function describe({ task, macAddress, path }: MacUse, first: MacUse): Finding {
  const firstLine = locate(first);
  const owner = `task "${first.task.task}" of job "${first.task.jobId}"`;
  return {
    file: task.file.path,
    line: locate({ task, macAddress, path }),
    severity: 'error',
    path,
    message: `"${macAddress}" is also the MAC address of ${owner} (${first.task.file.path}:${firstLine}); give each VM its own, or remove mac to have one derived`,
  };
}

function locate({ task, path }: MacUse): number {
  return lineOf(task.file, [...task.steps, ...parseSteps(path)]);
}
