import { type NetworkConfig, parseNetworks } from '../../driver/config/network-config.ts';
import { readOptions } from '../../driver/config/read-options.ts';
import { TASK_OPTIONS } from '../../driver/config/task-options.ts';
import { buildIdentity } from '../../driver/vm-identity.ts';
import { deriveMacAddress } from '../../qemu/mac-address.ts';
import { toBlocks } from '../hcl/record.ts';
import { isUnresolved, resolveReferences } from '../hcl/references.ts';
import type { VmTask } from './vm-task.ts';

/** One NIC of one VM that a job will have. */
export interface PlannedNic {
  readonly task: VmTask;
  readonly allocIndex: number;
  /** Undefined when only Nomad can know it (see isUnresolved). */
  readonly identity: string | undefined;
  readonly nicIndex: number;
  readonly network: NetworkConfig;
  readonly source: 'job' | 'derived';
  /** Undefined when only Nomad can know it. */
  readonly macAddress: string | undefined;
}

/** All NICs of all VMs of a task: each allocation of its group, each of its networks. */
export function planNics(task: VmTask): readonly PlannedNic[] {
  return Array.from({ length: task.count ?? 1 }, (_, index) => index).flatMap(index =>
    planAllocation(task, index),
  );
}

function planAllocation(task: VmTask, allocIndex: number): readonly PlannedNic[] {
  const config = resolveReferences(task.config, allocationReferences(task, allocIndex));
  // What is wrong is the check's to report.
  const given = readOptions(TASK_OPTIONS, config, 'config', () => {});
  const { networks } = parseNetworks(given, task.personality, () => {});
  const identity = isUnresolved(given.name)
    ? undefined
    : buildIdentity({ ...task, allocIndex, name: given.name });
  return networks.map((network, nicIndex) => {
    const isOwn = given.network[nicIndex]?.mac !== undefined;
    const derived = identity === undefined ? undefined : deriveMacAddress(identity, nicIndex);
    return {
      ...{ task, allocIndex, identity, nicIndex, network },
      source: isOwn ? 'job' : 'derived',
      macAddress: isOwn ? network.macAddress : derived,
    };
  });
}

/** What Nomad's own variables are for one allocation, as far as the job file tells. */
function allocationReferences(task: VmTask, allocIndex: number): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['NOMAD_ALLOC_INDEX', allocIndex],
    ['NOMAD_NAMESPACE', task.namespace],
    ['NOMAD_JOB_ID', task.jobId],
    ['NOMAD_JOB_NAME', task.jobId],
    ['NOMAD_GROUP_NAME', task.group],
    ['NOMAD_TASK_NAME', task.task],
  ]);
}

/** The MAC addresses in raw qemu arguments, with the index of the argument. */
export function findArgumentMacs(
  task: VmTask,
): readonly { readonly macAddress: string; readonly index: number }[] {
  const args: unknown = task.config.args;
  if (!Array.isArray(args)) return [];
  return args.flatMap((word, index) => {
    const mac = /(?:^|,)mac=(?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5})(?:,|$)/i.exec(String(word))?.groups?.mac;
    return mac === undefined ? [] : [{ macAddress: mac.toLowerCase(), index }];
  });
}

/** Whether blocks are made by `dynamic`, which only Nomad evaluates. */
export function hasDynamicBlocks(task: VmTask): boolean {
  return toBlocks(task.config.dynamic).length > 0;
}
