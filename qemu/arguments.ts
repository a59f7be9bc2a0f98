import { choosesAccelerator } from './chosen-accelerator.ts';
import { buildDiskArguments } from './disk-arguments.ts';
import { TCG_CACHE_MIB } from './memory-overhead.ts';
import { buildNicArguments } from './nic-arguments.ts';
import { buildOptionText, doubleCommas } from './option-text.ts';
import { PCI_SLOTS, renderPciSlot } from './pci-slots.ts';
import { buildSandbox } from './sandbox.ts';
import { buildSeedArguments } from './seed-arguments.ts';
import { takeSystemNames } from './system-information-arguments.ts';
import type { VmFiles } from './vm-files.ts';
import type { VmSpec } from './vm-spec.ts';

/**
 * qemu's argument list for a VM, after the emulator's own path. Needs qemu 6.2 or later (JSON for `-device`).
 *
 * Pure: looks at nothing but its parameters. Paths may hold any character but newline and NUL.
 */
export function buildArguments(spec: VmSpec, files: VmFiles): readonly string[] {
  return [
    ...buildMachine(spec),
    ...buildDiskArguments(spec),
    ...spec.nics.flatMap(buildNicArguments),
    ...buildConsole(files),
    ...buildQmp(files),
    ...buildEnd(spec, files),
    ...(spec.hasGuestAgentPort ? buildGuestAgentPort(files) : []),
    ...(spec.defaultDevices === 'bare' ? buildParavirtualDevices(spec) : []),
    ...buildSeedArguments(spec.seedSource, files),
    '-sandbox',
    buildSandbox(spec),
    ...buildExtraArguments(spec),
  ];
}

/** The end of the list: what the job's own arguments come to. */
export function buildExtraArguments({ seedSource, extraArguments }: VmSpec): readonly string[] {
  return seedSource?.kind === 'secret-serial' ? takeSystemNames(extraArguments).others : extraArguments;
}

function buildMachine(spec: VmSpec): readonly string[] {
  return [
    ...(spec.defaultDevices === 'bare' ? ['-nodefaults', '-no-user-config', '-vga', 'none'] : []),
    '-display',
    'none',
    '-name',
    buildOptionText([
      ['guest', spec.name],
      ['debug-threads', 'on'],
    ]),
    '-uuid',
    spec.uuid,
    '-machine',
    // Without graphics the firmware and the boot loader speak on the serial console, so that "no bootable device" is
    // in the log. It costs about 30 ms under TCG.
    buildOptionText([
      ['type', spec.machineType],
      ['graphics', 'off'],
    ]),
    ...buildProcessor(spec),
    '-smp',
    `${spec.vcpus}`,
    '-m',
    `${spec.memoryMib}M`,
  ];
}

/** The machine's default processor lacks what today's distributions ask for (x86-64-v2 and later). */
function buildProcessor(spec: VmSpec): readonly string[] {
  // "max" is "host" under KVM, and there is no "host" without it.
  const anyCpu = spec.defaultDevices === 'bare' ? ['-cpu', 'max'] : [];
  if (choosesAccelerator(spec.extraArguments)) return anyCpu;
  return spec.accelerator === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', `tcg,tb-size=${TCG_CACHE_MIB}`, ...anyCpu];
}

/** The log file is qemu's own, so nobody has to be connected, and a client that does not read cannot lose output. */
function buildConsole(files: VmFiles): readonly string[] {
  const chardev = buildSocket('console', files.consoleSocket);
  return [
    '-chardev',
    `${chardev},logfile=${doubleCommas(files.console)},logappend=on`,
    '-serial',
    'chardev:console',
  ];
}

function buildQmp(files: VmFiles): readonly string[] {
  return ['-chardev', buildSocket('qmp', files.qmpSocket), '-mon', 'chardev=qmp,mode=control'];
}

/** qemu's exit code is 0 whatever ended it; the trace says why, and needs nobody connected at that moment. */
function buildEnd(spec: VmSpec, files: VmFiles): readonly string[] {
  return [
    ...(spec.staysWhenPoweredOff ? ['-no-shutdown'] : []),
    '-trace',
    'qemu_system_shutdown_request',
    '-trace',
    'runstate_set',
    '-D',
    files.shutdownTrace,
  ];
}

function buildGuestAgentPort(files: VmFiles): readonly string[] {
  return [
    '-chardev',
    buildSocket('agent', files.guestAgentSocket),
    ...buildDevice({
      driver: 'virtio-serial-pci',
      id: 'agent-bus',
      addr: renderPciSlot(PCI_SLOTS.guestAgent),
    }),
    ...buildDevice({
      driver: 'virtserialport',
      id: 'agent',
      bus: 'agent-bus.0',
      chardev: 'agent',
      name: 'org.qemu.guest_agent.0',
    }),
  ];
}

function buildParavirtualDevices(spec: VmSpec): readonly string[] {
  const balloon = renderPciSlot(PCI_SLOTS.balloon);
  return [
    // Early entropy: without it a first boot may wait for randomness to make its ssh host keys.
    ...buildDevice({ driver: 'virtio-rng-pci', id: 'rng', addr: renderPciSlot(PCI_SLOTS.rng) }),
    // Memory that the guest has freed goes back to the host by itself.
    ...buildDevice({
      driver: 'virtio-balloon-pci',
      id: 'balloon',
      addr: balloon,
      'free-page-reporting': true,
    }),
    // The ISA device is the one that every x86 build of qemu has, and both old and new guests know; others lack it.
    ...(/^(pc|q35)\b/.test(spec.machineType) ? buildDevice({ driver: 'pvpanic', id: 'panic' }) : []),
  ];
}

function buildDevice(device: Readonly<Record<string, string | boolean>>): readonly string[] {
  return ['-device', JSON.stringify(device)];
}

function buildSocket(id: string, path: string): string {
  return buildOptionText(['socket', ['id', id], ['path', path], ['server', 'on'], ['wait', 'off']]);
}
