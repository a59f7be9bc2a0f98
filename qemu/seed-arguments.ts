import { buildOptionText } from './option-text.ts';
import { PCI_SLOTS, renderPciSlot } from './pci-slots.ts';
import type { VmFiles } from './vm-files.ts';
import type { SeedSource } from './vm-spec.ts';

/** The arguments that lead the guest to its seed. The file that two of the kinds need is made by `writeSeedSource`. */
export function buildSeedArguments(
  source: SeedSource | undefined,
  files: Pick<VmFiles, 'seedSource'>,
): readonly string[] {
  switch (source?.kind) {
    case undefined:
      return [];
    case 'serial':
      return [
        '-smbios',
        buildOptionText([
          ['type', '1'],
          ['serial', source.serial],
        ]),
      ];
    case 'secret-serial':
      return ['-smbios', buildOptionText([['file', files.seedSource]])];
    case 'disk':
      return buildDisk(files.seedSource);
  }
}

function buildDisk(path: string): readonly string[] {
  const nodes = [
    { driver: 'file', 'node-name': 'seed-file', filename: path, 'read-only': true },
    { driver: 'raw', 'node-name': 'seed', file: 'seed-file', 'read-only': true },
  ];
  // Debian's cloud kernels have no driver for a SATA drive.
  const device = {
    driver: 'virtio-blk-pci',
    addr: renderPciSlot(PCI_SLOTS.seedDisk),
    drive: 'seed',
    id: 'seed0',
  };
  return [...nodes.flatMap(node => ['-blockdev', JSON.stringify(node)]), '-device', JSON.stringify(device)];
}
