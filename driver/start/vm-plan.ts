import type { DiskSpec, NicSpec, SeedSource, VmSpec } from '../../qemu/vm-spec.ts';
import { deriveUuid } from '../../qemu/vm-uuid.ts';
import type { TaskConfig } from '../config/task-config.ts';
import type { TaskRequest } from '../task-request.ts';
import { overlayPathOf } from './disk-path.ts';
import type { CheckedImage } from './image-check.ts';

/** Everything that was found out about the job and the node: from here on nothing is looked up. */
export interface VmFacts {
  readonly config: TaskConfig;
  readonly request: TaskRequest;
  readonly identity: string;
  /** Of persistent disks. */
  readonly disksDir: string;
  readonly image: CheckedImage;
  readonly nics: readonly NicSpec[];
  readonly seedSource: SeedSource | undefined;
  readonly emulatorPath: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly vcpus: number;
}

/** The VM that a task runs. */
export function buildVmSpec(facts: VmFacts): VmSpec {
  const { config, request } = facts;
  return {
    name: config.name ?? `${request.jobId}.${request.group}.${request.taskName}.${request.allocIndex}`,
    uuid: deriveUuid(facts.identity),
    emulatorPath: facts.emulatorPath,
    machineType: config.machineType,
    accelerator: facts.accelerator,
    vcpus: facts.vcpus,
    memoryMib: request.resources.memoryMib,
    disk: buildDisk(facts),
    nics: facts.nics,
    seedSource: facts.seedSource,
    hasGuestAgentPort: config.hasGuestAgent,
    staysWhenPoweredOff: config.onGuestPoweroff !== 'exit',
    defaultDevices: config.personality === 'vm' ? 'bare' : 'machine',
    extraArguments: config.args,
  };
}

function buildDisk(facts: VmFacts): DiskSpec {
  const { config, image } = facts;
  const { driveInterface } = config;
  if (config.disk.kind === 'in-place') {
    return { kind: 'in-place', imagePath: image.path, imageFormat: image.format, driveInterface };
  }
  return {
    kind: 'overlay',
    overlayPath: overlayPathOf(config.disk, facts),
    basePath: image.path,
    baseFormat: image.format,
    driveInterface,
  };
}
