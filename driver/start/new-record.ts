import type { VmFiles } from '../../qemu/vm-files.ts';
import type { CloudInitConfig } from '../config/cloud-init-config.ts';
import type { TaskConfig } from '../config/task-config.ts';
import { RECORD_VERSION, type TaskRecord, type TaskRegistration } from '../task-record.ts';
import type { TaskRequest } from '../task-request.ts';
import { overlayPathOf } from './disk-path.ts';
import { planDriverNetwork } from './driver-network.ts';
import { listMacAddresses } from './mac-addresses.ts';

/** What is known of a task before anything was looked up or made. */
export interface NewTask {
  readonly config: TaskConfig;
  readonly request: TaskRequest;
  readonly identity: string;
  readonly disksDir: string;
  readonly files: VmFiles;
}

/** The record of a task that is about to be started: what its VM is, and what it will hold. */
export function buildNewRecord({ config, request, identity, disksDir, files }: NewTask): TaskRecord {
  const { disk } = config;
  const driverPorts = planDriverNetwork(config);
  const registration = planRegistration(config.cloudInit, request);
  return {
    version: RECORD_VERSION,
    owner: config.personality,
    taskId: request.id,
    allocId: request.allocId,
    taskName: request.taskName,
    allocDir: request.allocDir,
    hasLog: request.stdoutPath !== '/dev/null',
    identity,
    macAddresses: listMacAddresses(config, identity),
    lanNics: config.networks.flatMap(({ mode }, nic) => (mode === 'bridge' ? [nic] : [])),
    ...(disk.kind === 'overlay' ? { diskPath: overlayPathOf(disk, { request, identity, disksDir }) } : {}),
    ...(driverPorts === undefined ? {} : { driverPorts }),
    ...(registration === undefined ? {} : { registration }),
    files,
    isGraceful: config.gracefulShutdown,
    hasGuestAgent: config.hasGuestAgent,
    onGuestPoweroff: config.onGuestPoweroff,
    stage: { tag: 'starting' },
  };
}

function planRegistration(
  cloudInit: CloudInitConfig | undefined,
  request: TaskRequest,
): TaskRegistration | undefined {
  if (cloudInit?.kind !== 'registered') return undefined;
  const { mustFinishWithinMs } = cloudInit;
  return { node: request.nodeName, ...(mustFinishWithinMs === undefined ? {} : { mustFinishWithinMs }) };
}
