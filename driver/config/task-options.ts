import type { OptionTable } from './option.ts';
import type { Personality } from './personality.ts';
import { CLOUD_INIT_BLOCK, NETWORK_BLOCK } from './task-blocks.ts';

/**
 * What holds where a job says nothing. Those of `qemu` are the built-in driver's (Nomad's drivers/qemu), so that job
 * files written for it mean the same here.
 */
export const TASK_DEFAULTS = {
  vm: {
    accelerator: 'auto',
    drive_interface: 'virtio',
    machine_type: 'pc',
    emulator: 'qemu-system-x86_64',
    graceful_shutdown: true,
    guest_agent: true,
    on_guest_poweroff: 'exit',
  },
  qemu: {
    accelerator: 'tcg',
    drive_interface: 'ide',
    machine_type: 'pc',
    emulator: 'qemu-system-x86_64',
    graceful_shutdown: false,
    guest_agent: false,
    on_guest_poweroff: 'exit',
  },
} as const satisfies Record<Personality, Readonly<Record<string, string | boolean>>>;

/** Everything a task's `config` block may hold. */
export const TASK_OPTIONS = [
  {
    kind: 'attribute',
    name: 'image',
    type: 'string',
    meaning:
      'Disk image (qcow2 or raw) that stays read-only: the VM writes to an overlay of its own, so many VMs share one image. A path relative to the task folder (`local/…`), or an absolute one below `image_paths`. Exactly one of `image` and `image_path` must be set.',
    defaultText: 'none',
    example: '"local/debian-12.qcow2"',
  },
  {
    kind: 'attribute',
    name: 'image_path',
    type: 'string',
    meaning:
      'Disk image that is the disk itself: the guest writes to this very file, as with the built-in `qemu` driver.',
    defaultText: 'none',
    example: '"local/disk.img"',
  },
  {
    kind: 'attribute',
    name: 'disk_size',
    type: 'string',
    meaning:
      'Size the guest sees its disk at, with a unit (`M`, `G` or `T`, powers of 1024); at least the size of the image. Only with `image`.',
    defaultText: "the image's own size",
    example: '"20G"',
  },
  {
    kind: 'attribute',
    name: 'disk',
    type: 'string',
    meaning:
      "`ephemeral`: what the guest writes is kept as long as the allocation; `persistent`: it stays on the node, by the VM's identity, for the next allocation of the same VM, until `nomad-vm disk remove`. Only with `image`; `persistent` needs the image below `image_paths`.",
    defaultText: '`ephemeral`',
    example: '"persistent"',
  },
  {
    kind: 'attribute',
    name: 'cpus',
    type: 'number',
    meaning:
      'Number of virtual CPUs, 1 to 255. From `cpu` MHz: as many as it takes to use them up on this node, a tenth of a core let go, at most the cores it has.',
    defaultText: 'the reserved `cores`, else from `cpu` MHz; as `qemu`: `cores`, else 1',
    example: '2',
  },
  {
    kind: 'attribute',
    name: 'name',
    type: 'string',
    meaning:
      "The VM's own name; with it MAC address and UUID derive from namespace and name alone, wherever and as whichever allocation it runs. Letters, digits, `.`, `_` and `-`, up to 63. Needed for system jobs, not possible with `count` above 1 unless it holds the allocation index.",
    defaultText: 'namespace, job, group, task and allocation index',
    example: '"vnode07"',
  },
  {
    kind: 'attribute',
    name: 'accelerator',
    type: 'string',
    meaning:
      '`kvm`, `tcg` (software emulation: slow, works everywhere) or `auto`: `kvm` where the node has shown that it works, else `tcg`.',
    defaultText: both('accelerator'),
    example: '"kvm"',
  },
  {
    kind: 'attribute',
    name: 'machine_type',
    type: 'string',
    meaning:
      'Machine qemu emulates: `pc`, `q35` or a versioned name of either. The first NIC is called `ens3` in the guest with `pc` only. As `qemu`: any name the emulator knows.',
    defaultText: both('machine_type'),
    example: '"pc-i440fx-7.2"',
  },
  {
    kind: 'attribute',
    name: 'emulator',
    type: 'string',
    meaning:
      'The qemu binary: `qemu-system-x86_64` or just `x86_64`. Driver `vm` takes `x86_64` and `i386`; as `qemu`: any that is installed. See `emulators_allowlist`.',
    defaultText: both('emulator'),
    example: '"x86_64"',
  },
  {
    kind: 'attribute',
    name: 'drive_interface',
    type: 'string',
    meaning:
      'How the guest sees its disk: `virtio`, `ide`, `scsi`, `sd`, `mtd`, `floppy`, `pflash` or `none`.',
    defaultText: both('drive_interface'),
    example: '"virtio"',
  },
  {
    kind: 'attribute',
    name: 'graceful_shutdown',
    type: 'bool',
    meaning: 'Ask the guest to shut down when the task is stopped, before ending it.',
    defaultText: both('graceful_shutdown'),
    example: 'true',
  },
  {
    kind: 'attribute',
    name: 'on_guest_poweroff',
    type: 'string',
    meaning:
      '`exit`: a guest that powers off ends its task with exit code 0, and Nomad starts a service task again; `hold`: the VM stays, switched off, until `nomad alloc signal -s SIGCONT` switches it on; `boot`: it is switched on again at once. As `qemu`: `exit` only. See [life-of-a-vm.md](life-of-a-vm.md).',
    defaultText: both('on_guest_poweroff'),
    example: '"hold"',
  },
  {
    kind: 'attribute',
    name: 'guest_agent',
    type: 'bool',
    meaning: 'Give the guest a port for qemu-guest-agent, for clean shutdowns and for its addresses.',
    defaultText: both('guest_agent'),
    example: 'true',
  },
  {
    kind: 'attribute',
    name: 'args',
    type: 'list(string)',
    meaning:
      "Raw qemu arguments, appended last; relative paths begin in the task's folder. Driver `vm` takes only what `args_allowlist` names; as `qemu`: all, unless that list is set.",
    defaultText: '`[]`',
    example: '["-device", "virtio-rng-pci"]',
  },
  {
    kind: 'attribute',
    name: 'port_map',
    type: 'list(map(number))',
    meaning:
      'Block of `label = guest port`: the port that Nomad reserved under `label` leads to the guest\'s port. Needs a `network` block with `mode = "user"`; as `qemu` such a network is added.',
    defaultText: 'none',
    example: '{ ssh = 22 }',
  },
  NETWORK_BLOCK,
  CLOUD_INIT_BLOCK,
] as const satisfies OptionTable;

/** The default as text, with the drop-in's beside it where it is another one. */
function both(name: keyof (typeof TASK_DEFAULTS)['vm']): string {
  const [own, dropIn] = [TASK_DEFAULTS.vm[name], TASK_DEFAULTS.qemu[name]];
  return own === dropIn ? `\`${own}\`` : `\`${own}\`; as \`qemu\`: \`${dropIn}\``;
}
