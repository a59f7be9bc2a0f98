import type { TaskRequest, TaskResources } from '../../driver/task-request.ts';

type Changes = Partial<Omit<TaskRequest, 'resources'>> & { readonly resources?: Partial<TaskResources> };

/** A request for a task of 256 MiB with nothing special about it, and what a test wants different. */
export function taskRequest({ resources, ...changes }: Changes): TaskRequest {
  return {
    id: 'alloc/vm/1',
    taskName: 'vm',
    group: 'group',
    jobId: 'job',
    namespace: 'default',
    allocId: 'alloc',
    allocIndex: 0,
    nodeName: 'node1',
    allocDir: '/alloc',
    taskDir: '/alloc/vm',
    stdoutPath: '/dev/null',
    stderrPath: '/dev/null',
    user: '',
    driverConfig: new Uint8Array(),
    networkNamespacePath: undefined,
    dns: { servers: [], searches: [], options: [] },
    mountCount: 0,
    ...changes,
    resources: {
      cpuMhz: 1000,
      memoryMib: 256,
      memoryMaxMib: 0,
      cpusetCpus: '',
      cpusetCgroup: '',
      ports: [],
      ...resources,
    },
  };
}
