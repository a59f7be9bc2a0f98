import type { RegistrationRequest } from '../../cloudinit-server/client.ts';
import { deriveUuid } from '../../qemu/vm-uuid.ts';
import type { RegisteredSeed } from '../config/cloud-init-config.ts';
import type { TaskConfig } from '../config/task-config.ts';
import type { TaskRequest } from '../task-request.ts';
import type { SeedTexts } from './gather-files.ts';

/** A VM that is about to start. */
export interface DescribedVm {
  readonly config: Pick<TaskConfig, 'networks' | 'args'>;
  readonly request: TaskRequest;
  readonly identity: string;
  readonly macAddresses: readonly string[];
}

/** Builds what the seed server is told of a VM that is about to start. */
export function buildRegistrationRequest(
  vm: DescribedVm,
  cloudInit: Pick<RegisteredSeed, 'seed' | 'instanceId' | 'delivery' | 'server'>,
  files: SeedTexts,
): RegistrationRequest {
  const isFetchedByNode = cloudInit.delivery === 'http' && isBehindNode(vm.config);
  return {
    ...describeVm(vm),
    // The server gives the seed to these alone.
    ...(isFetchedByNode ? { mac_addresses: [] } : {}),
    seed: cloudInit.seed ?? null,
    files,
    instance_id: cloudInit.instanceId,
    delivery: cloudInit.delivery,
    guest_url: cloudInit.server,
  };
}

/** Who the VM is, in the server's words. */
export function describeVm(vm: DescribedVm) {
  const { request } = vm;
  return {
    mac_addresses: vm.macAddresses,
    uuid: deriveUuid(vm.identity),
    namespace: request.namespace,
    job: request.jobId,
    group: request.group,
    task: request.taskName,
    index: request.allocIndex,
    alloc_id: request.allocId,
    node: request.nodeName,
  } as const;
}

/** Whether the guest's requests may come with the node's own MAC address, as those of user-mode networks do. */
function isBehindNode({ networks, args }: DescribedVm['config']): boolean {
  return networks.some(({ mode }) => mode === 'user') || args.some(word => /^user(,|$)/.test(word));
}
