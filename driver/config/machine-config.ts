import { DRIVE_INTERFACES, type DriveInterface } from '../../qemu/vm-spec.ts';
import { isEmulatorName, normaliseEmulator } from './emulator-name.ts';
import type { OptionValues } from './option.ts';
import type { Personality } from './personality.ts';
import type { PluginConfig } from './plugin-config.ts';
import type { ReportProblem } from './problem.ts';
import { suggestWord } from './suggest.ts';
import { TASK_DEFAULTS, type TASK_OPTIONS } from './task-options.ts';

/** `auto` is KVM where the node has shown that it works, else TCG. */
export const ACCELERATORS = ['auto', 'kvm', 'tcg'] as const;
export type Accelerator = (typeof ACCELERATORS)[number];

/** What the VM's hardware is, disk and NICs apart. */
export interface MachineConfig {
  /** Full name of the binary, `qemu-system-x86_64`. */
  readonly emulator: string;
  readonly machineType: string;
  readonly accelerator: Accelerator;
  readonly driveInterface: DriveInterface;
  /** Undefined: from the task's CPU resources. */
  readonly vcpus?: number;
}

/** qemu's limit for `pc`. */
const MAX_VCPUS = 255;
/** Emulators of the machines that driver `vm` knows. */
const PC_EMULATORS = ['qemu-system-x86_64', 'qemu-system-i386'];

/** Reads machine, emulator, accelerator, drive interface and CPUs. What is wrong is reported and left at its default. */
export function parseMachine(
  given: OptionValues<typeof TASK_OPTIONS>,
  rules: { readonly personality: Personality; readonly plugin: PluginConfig },
  report: ReportProblem,
): MachineConfig {
  const defaults = TASK_DEFAULTS[rules.personality];
  checkEmulator(given.emulator ?? defaults.emulator, rules, report);
  checkMachineType(given.machine_type ?? defaults.machine_type, rules.personality, report);
  const vcpus = parseVcpus(given.cpus, report);
  return {
    emulator: normaliseEmulator(given.emulator ?? defaults.emulator),
    machineType: given.machine_type ?? defaults.machine_type,
    accelerator: pick(ACCELERATORS, given.accelerator, 'config.accelerator', report) ?? defaults.accelerator,
    driveInterface:
      pick(DRIVE_INTERFACES, given.drive_interface, 'config.drive_interface', report) ??
      defaults.drive_interface,
    ...(vcpus === undefined ? {} : { vcpus }),
  };
}

function checkEmulator(
  name: string,
  { personality, plugin }: { readonly personality: Personality; readonly plugin: PluginConfig },
  report: ReportProblem,
): void {
  const [path, found] = ['config.emulator', JSON.stringify(name)];
  const emulator = normaliseEmulator(name);
  if (!isEmulatorName(name)) {
    report(
      path,
      `${found} is not the name of an emulator; write one such as "qemu-system-x86_64" or "x86_64"`,
    );
  } else if (personality === 'vm' && !PC_EMULATORS.includes(emulator)) {
    report(path, `${found} cannot run the machines of driver "vm"; write "x86_64" or "i386"`);
  } else if (plugin.emulatorsAllowlist !== undefined && !plugin.emulatorsAllowlist.includes(emulator)) {
    const allowed = plugin.emulatorsAllowlist.map(entry => JSON.stringify(entry)).join(', ');
    report(
      path,
      `${found} is not an allowed emulator; this node allows ${allowed} (emulators_allowlist in the plugin's config)`,
    );
  }
}

function checkMachineType(name: string, personality: Personality, report: ReportProblem): void {
  const found = JSON.stringify(name);
  if (personality === 'vm' && !/^(pc|q35|pc-(i440fx|q35)-[A-Za-z0-9.]+)$/.test(name)) {
    report(
      'config.machine_type',
      `${found} is not a machine that driver "vm" knows; write "pc", "q35" or a version of them such as "pc-i440fx-7.2"`,
    );
  } else if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    report(
      'config.machine_type',
      `${found} cannot be a machine's name; write letters, digits, ".", "_" and "-" only, such as "pc"`,
    );
  }
}

function parseVcpus(cpus: number | undefined, report: ReportProblem): number | undefined {
  if (cpus === undefined || (Number.isInteger(cpus) && cpus >= 1 && cpus <= MAX_VCPUS)) return cpus;
  report('config.cpus', `${cpus} virtual CPUs are not possible; write a whole number from 1 to ${MAX_VCPUS}`);
  return undefined;
}

/** One of a closed list of words. */
function pick<Word extends string>(
  words: readonly Word[],
  given: string | undefined,
  path: string,
  report: ReportProblem,
): Word | undefined {
  if (given === undefined) return undefined;
  const found = words.find(word => word === given);
  if (found === undefined) {
    const meant = suggestWord(given, words);
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    report(
      path,
      `${JSON.stringify(given)} is not one of ${words.map(word => `"${word}"`).join(', ')}${hint}`,
    );
  }
  return found;
}
