import { join } from 'node:path';
import type { AllocatedPort, DnsRequest, TaskRequest, TaskResources } from '../task-request.ts';
import {
  readBytes,
  readList,
  readMessage,
  readNumber,
  readOptionalMessage,
  readString,
  readStringList,
  type WireMessage,
} from './wire-reader.ts';

/** Parses the TaskConfig message of StartTask and of a TaskHandle. */
export function parseTaskRequest(message: WireMessage): TaskRequest {
  const allocDir = readString(message, 'alloc_dir');
  const taskName = readString(message, 'name');
  const isolation = readOptionalMessage(message['network_isolation_spec']);
  const env = readMessage(message['env']);
  return {
    id: readString(message, 'id'),
    taskName,
    group: readString(message, 'task_group_name'),
    jobId: readString(message, 'job_id'),
    namespace: readString(message, 'namespace'),
    allocId: readString(message, 'alloc_id'),
    allocIndex: Number(env['NOMAD_ALLOC_INDEX'] ?? 0),
    nodeName: readString(message, 'node_name'),
    allocDir,
    taskDir: join(allocDir, taskName),
    stdoutPath: readString(message, 'stdout_path'),
    stderrPath: readString(message, 'stderr_path'),
    user: readString(message, 'user'),
    driverConfig: readBytes(message, 'msgpack_driver_config'),
    networkNamespacePath: (isolation && readString(isolation, 'path')) || undefined,
    dns: parseDns(readOptionalMessage(message['dns']) ?? {}),
    mountCount: readList(message, 'mounts').length + readList(message, 'devices').length,
    resources: parseResources(readOptionalMessage(message['resources'])),
  };
}

function parseDns(dns: WireMessage): DnsRequest {
  return {
    servers: readStringList(dns, 'servers'),
    searches: readStringList(dns, 'searches'),
    options: readStringList(dns, 'options'),
  };
}

function parseResources(resources: WireMessage | undefined): TaskResources {
  const allocated = readOptionalMessage(resources?.['allocated_resources']);
  const cpu = readOptionalMessage(allocated?.['cpu']);
  const memory = readOptionalMessage(allocated?.['memory']);
  const linux = readOptionalMessage(resources?.['linux_resources']);
  return {
    cpuMhz: cpu ? readNumber(cpu, 'cpu_shares') : 0,
    memoryMib: memory ? readNumber(memory, 'memory_mb') : 0,
    memoryMaxMib: memory ? readNumber(memory, 'memory_max_mb') : 0,
    cpusetCpus: linux ? readString(linux, 'cpuset_cpus') : '',
    cpusetCgroup: linux ? readString(linux, 'cpuset_cgroup') : '',
    ports: [
      ...(resources ? parseGroupPorts(resources) : []),
      ...(allocated ? parseTaskPorts(allocated) : []),
    ],
  };
}

function parseGroupPorts(resources: WireMessage): readonly AllocatedPort[] {
  return readList(resources, 'ports').map(item => {
    const port = readMessage(item);
    return {
      label: readString(port, 'label'),
      hostAddress: readString(port, 'host_ip'),
      hostPort: readNumber(port, 'value'),
      guestPort: readNumber(port, 'to'),
    };
  });
}

/** Ports of the deprecated network block inside a task's resources, which job files for the built-in driver have. */
function parseTaskPorts(allocated: WireMessage): readonly AllocatedPort[] {
  return readList(allocated, 'networks').flatMap(item => {
    const network = readMessage(item);
    return [...readList(network, 'reserved_ports'), ...readList(network, 'dynamic_ports')].map(entry => {
      const port = readMessage(entry);
      return {
        label: readString(port, 'label'),
        hostAddress: readString(network, 'ip'),
        hostPort: readNumber(port, 'value'),
        guestPort: 0,
      };
    });
  });
}
