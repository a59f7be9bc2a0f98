import { mkdir, rm, writeFile } from 'node:fs/promises';
import { buildSeedDisk } from './seed-disk.ts';
import { buildSystemInformation } from './smbios-table.ts';
import { writeSparseImage } from './sparse-image.ts';
import { takeSystemNames } from './system-information-arguments.ts';
import type { VmFiles } from './vm-files.ts';
import type { VmSpec } from './vm-spec.ts';

/**
 * Writes the file by which a VM gets its seed, if it needs one, before qemu is started. Only its owner can read it.
 *
 * @throws the system's error; RangeError when the files do not fit onto the disk.
 */
export async function writeSeedSource(
  spec: Pick<VmSpec, 'seedSource' | 'machineType' | 'uuid' | 'extraArguments'>,
  files: Pick<VmFiles, 'runDir' | 'seedSource'>,
): Promise<void> {
  const { seedSource } = spec;
  if (seedSource === undefined || seedSource.kind === 'serial') return;
  await mkdir(files.runDir, { recursive: true, mode: 0o700 });
  await rm(files.seedSource, { force: true });
  if (seedSource.kind === 'disk') {
    await writeSparseImage(files.seedSource, buildSeedDisk(seedSource.files));
    return;
  }
  const table = buildSystemInformation({
    names: { product: productNameOf(spec.machineType), ...takeSystemNames(spec.extraArguments).names },
    serial: seedSource.serial,
    uuid: spec.uuid,
  });
  await writeFile(files.seedSource, table, { flag: 'wx', mode: 0o600 });
}

/** What qemu itself tells the guest, so that a machine looks the same whichever way its seed is named. */
function productNameOf(machineType: string): string {
  if (/^pc-q35\b|^q35\b/.test(machineType)) return 'Standard PC (Q35 + ICH9, 2009)';
  if (/^pc\b/.test(machineType)) return 'Standard PC (i440FX + PIIX, 1996)';
  return machineType;
}
