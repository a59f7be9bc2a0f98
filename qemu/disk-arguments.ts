import { buildOptionText } from './option-text.ts';
import { PCI_SLOTS, renderPciSlot } from './pci-slots.ts';
import type { DiskSpec, ImageFormat, InPlaceDisk, VmSpec } from './vm-spec.ts';

/** The id of the guest's disk in every mode; Nomad's built-in driver calls it the same, and raw arguments may refer to it. */
const DISK_ID = 'image0';

/** Unused space goes back to the host's file system. */
const RETURN_SPACE = { discard: 'unmap', 'detect-zeroes': 'unmap' } as const;

/**
 * The arguments for the guest's disk.
 *
 * Every format, and the backing file, is named explicitly: qemu never guesses one from bytes that a guest may have
 * written. The image must have been inspected before, see `inspectImage`.
 */
export function buildDiskArguments(
  spec: Pick<VmSpec, 'disk' | 'defaultDevices' | 'nics'>,
): readonly string[] {
  const { disk } = spec;
  if (disk.kind === 'in-place' && spec.defaultDevices === 'machine')
    return buildBuiltInDrive(disk, spec.nics.length > 0);
  switch (disk.driveInterface) {
    case 'virtio':
      return [
        ...buildNodes(disk),
        ...buildDevice({ driver: 'virtio-blk-pci', addr: renderPciSlot(PCI_SLOTS.disk) }),
      ];
    case 'ide':
      return [...buildNodes(disk), ...buildDevice({ driver: 'ide-hd' })];
    case 'scsi':
      return [
        ...buildNodes(disk),
        '-device',
        JSON.stringify({ driver: 'virtio-scsi-pci', id: 'scsi0', addr: renderPciSlot(PCI_SLOTS.disk) }),
        ...buildDevice({ driver: 'scsi-hd', bus: 'scsi0.0' }),
      ];
    case 'sd':
    case 'mtd':
    case 'floppy':
    case 'pflash':
    case 'none':
      return buildExoticDrive(disk);
  }
}

/**
 * What Nomad's built-in qemu driver passes, plus the format, which that one lets qemu guess. `if=virtio` takes the first
 * free PCI slot, which is that of our first NIC; beside one, the disk is put where it is out of the way.
 */
function buildBuiltInDrive(disk: InPlaceDisk, hasNics: boolean): readonly string[] {
  const needsSlot = hasNics && disk.driveInterface === 'virtio';
  const drive = [
    '-drive',
    buildOptionText([
      ['file', disk.imagePath],
      ['format', disk.imageFormat],
      ['if', needsSlot ? 'none' : disk.driveInterface],
      ['id', DISK_ID],
    ]),
  ];
  const device = { driver: 'virtio-blk-pci', drive: DISK_ID, addr: renderPciSlot(PCI_SLOTS.disk) };
  return needsSlot ? [...drive, '-device', JSON.stringify(device)] : drive;
}

function buildDevice(device: Readonly<Record<string, string>>): readonly string[] {
  return ['-device', JSON.stringify({ ...device, drive: 'disk', id: DISK_ID, bootindex: 0 })];
}

function buildNodes(disk: DiskSpec): readonly string[] {
  const nodes =
    disk.kind === 'in-place'
      ? [
          { driver: 'file', 'node-name': 'disk-file', filename: disk.imagePath, discard: 'unmap' },
          {
            driver: disk.imageFormat,
            'node-name': 'disk',
            file: 'disk-file',
            ...withoutBacking(disk.imageFormat),
            ...RETURN_SPACE,
          },
        ]
      : [
          { driver: 'file', 'node-name': 'base-file', filename: disk.basePath, 'read-only': true },
          {
            driver: disk.baseFormat,
            'node-name': 'base',
            file: 'base-file',
            'read-only': true,
            ...withoutBacking(disk.baseFormat),
          },
          { driver: 'file', 'node-name': 'disk-file', filename: disk.overlayPath, discard: 'unmap' },
          { driver: 'qcow2', 'node-name': 'disk', file: 'disk-file', backing: 'base', ...RETURN_SPACE },
        ];
  return nodes.flatMap(node => ['-blockdev', JSON.stringify(node)]);
}

/** Keeps qemu from following a backing file that a qcow2 header names; a raw node knows no such option. */
function withoutBacking(format: ImageFormat): { readonly backing?: null } {
  return format === 'qcow2' ? { backing: null } : {};
}

/** Interfaces that only the machine's own controllers offer: `-drive` finds them, `-device` cannot. */
function buildExoticDrive(disk: DiskSpec): readonly string[] {
  const common = [
    ['if', disk.driveInterface],
    ['id', DISK_ID],
  ] as const;
  if (disk.kind === 'in-place') {
    return [
      '-drive',
      buildOptionText([...common, ['format', disk.imageFormat], ...buildFile('file', disk.imagePath)]),
    ];
  }
  return [
    '-drive',
    buildOptionText([
      ...common,
      ['format', 'qcow2'],
      ...buildFile('file', disk.overlayPath),
      ['backing.driver', disk.baseFormat],
      ...buildFile('backing.file', disk.basePath),
    ]),
  ];
}

function buildFile(prefix: string, path: string): readonly (readonly [string, string])[] {
  return [
    [`${prefix}.driver`, 'file'],
    [`${prefix}.filename`, path],
  ];
}
