import { choosesAccelerator } from '../../qemu/chosen-accelerator.ts';
import { findEmulator } from '../../qemu/emulators.ts';
import type { VmSpec } from '../../qemu/vm-spec.ts';
import type { KeptRegistration, SeedService } from '../cloud-init/seed-service.ts';
import type { SeedFindings } from '../cloud-init/summarise-findings.ts';
import type { PluginConfig } from '../config/plugin-config.ts';
import { ConfigProblems, type Problem, type ReportProblem } from '../config/problem.ts';
import type { TaskConfig } from '../config/task-config.ts';
import { EMULATOR_FOLDERS, type Node } from '../node.ts';
import type { TaskRequest } from '../task-request.ts';
import { chooseVcpus } from '../vcpus.ts';
import { checkDisk } from './disk-check.ts';
import { describeLostDns } from './guest-dns.ts';
import { checkImage } from './image-check.ts';
import { checkNetworks } from './network-check.ts';
import { prepareSeed } from './prepare-seed.ts';
import { buildVmSpec } from './vm-plan.ts';

/** What a start is prepared from. */
export interface Preparation {
  readonly config: TaskConfig;
  readonly request: TaskRequest;
  readonly identity: string;
  /** Of all NICs of the VM. */
  readonly macAddresses: readonly string[];
  readonly plugin: PluginConfig;
  readonly node: Node;
  /** Who uses what on this node now: MAC addresses and disks; see `Claims`. */
  readonly holders: ReadonlyMap<string, string>;
  /** Absent where the operator has named no seed server to register VMs with. */
  readonly seeds: SeedService | undefined;
}

/** A VM that can be started, and what its user should know of how it came about. */
export interface PreparedVm {
  readonly spec: VmSpec;
  readonly diskSizeBytes: number;
  /** Lines for the account. */
  readonly remarks: readonly string[];
  readonly seedFindings: SeedFindings | undefined;
  readonly registration: KeptRegistration | undefined;
}

/** Limits of the built-in driver, kept; a guest below the lower one does not boot anyway. */
const MIN_MEMORY_MIB = 128;
const MAX_MEMORY_MIB = 4_000_000;

/**
 * Checks a job against this node, without changing anything, and plans its VM. The last thing it does is to register the VM
 * with the seed server, which whoever does not start it has to undo.
 *
 * @throws ConfigProblems with all that is wrong with the job; DriverError when the node is unfit or not ready.
 */
export async function prepareVm(preparation: Preparation, signal: AbortSignal): Promise<PreparedVm> {
  const { config, request, node, plugin } = preparation;
  const problems: Problem[] = [];
  const report: ReportProblem = (path, message) => problems.push({ path, message });

  checkRequest(request, report);
  const emulatorPath = await checkEmulator(config.emulator, report);
  const image = await checkImage(config.disk, request, plugin.imagePaths, report);
  const nics = await checkNetworks({ ...preparation, bridgeHelperPath: plugin.bridgeHelper }, report);
  const diskRemark =
    image === undefined
      ? undefined
      : await checkDisk({ ...preparation, disk: config.disk, image, disksDir: plugin.disksDir }, report);
  refuse(problems);
  if (image === undefined || emulatorPath === undefined)
    throw new TypeError('What is wrong was not reported');

  const accelerator = await node.chooseAccelerator(config.accelerator, emulatorPath);
  const vcpus = chooseVcpus(config.personality, config.vcpus, request.resources, node.hostCpus);
  // Last, and only for a job that is otherwise right: its server may be down, which is another kind of failure, and from
  // here on it knows the VM.
  const { cloudInit } = config;
  const seed = cloudInit && (await prepareSeed(cloudInit, preparation, report, signal));
  refuse(problems);
  const spec = buildVmSpec({
    ...preparation,
    disksDir: plugin.disksDir,
    image,
    nics,
    seedSource: seed?.source,
    emulatorPath,
    accelerator: accelerator.accelerator,
    vcpus: vcpus.vcpus,
  });
  const dnsRemark = describeLostDns(request.dns, nics);
  return {
    spec,
    diskSizeBytes:
      config.disk.kind === 'overlay'
        ? (config.disk.sizeBytes ?? image.virtualSizeBytes)
        : image.virtualSizeBytes,
    remarks: [
      ...(diskRemark === undefined ? [] : [diskRemark]),
      choosesAccelerator(config.args)
        ? "accelerator: the one that the job's args choose"
        : `accelerator ${accelerator.accelerator}: ${accelerator.reason}`,
      `${vcpus.vcpus} vCPU${vcpus.vcpus === 1 ? '' : 's'}: ${vcpus.reason}`,
      ...(dnsRemark === undefined ? [] : [dnsRemark]),
      ...(seed?.remarks ?? []),
    ],
    seedFindings: seed?.findings,
    registration: seed?.registration,
  };
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigProblems("the task's config", problems);
}

function checkRequest({ resources, user, mountCount }: TaskRequest, report: ReportProblem): void {
  const { memoryMib } = resources;
  if (memoryMib < MIN_MEMORY_MIB || memoryMib > MAX_MEMORY_MIB) {
    report(
      'resources.memory',
      `is ${memoryMib} MiB; a VM needs ${MIN_MEMORY_MIB} to ${MAX_MEMORY_MIB}, such as memory = 2048`,
    );
  }
  if (user !== '') {
    report(
      'user',
      `is "${user}", but qemu runs with the driver's user and few of its rights; remove user from the task`,
    );
  }
  if (mountCount > 0) {
    report(
      'volume_mount',
      'cannot be honoured: host folders and devices are not handed to guests; remove volume_mount and device blocks',
    );
  }
}

async function checkEmulator(name: string, report: ReportProblem): Promise<string | undefined> {
  const path = await findEmulator(name, EMULATOR_FOLDERS);
  if (path === undefined) {
    report(
      'config.emulator',
      `"${name}" is not installed on this node; install it (Debian: apt install qemu-system-x86)`,
    );
  }
  return path;
}
