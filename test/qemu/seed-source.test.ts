import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSeedSource } from '../../qemu/seed-source.ts';
import { buildVmFiles, type VmFiles } from '../../qemu/vm-files.ts';
import type { SeedSource } from '../../qemu/vm-spec.ts';

let folder: string;
let files: VmFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seed-source-'));
  files = buildVmFiles({ stateRoot: join(folder, 'state'), runRoot: join(folder, 'run') }, 'vm');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const uuid = '3f0c9a52-6f1e-8a4b-9d52-0d7a4c1b2e90';
const write = (
  seedSource: SeedSource | undefined,
  machineType = 'pc',
  extraArguments: readonly string[] = [],
) => writeSeedSource({ seedSource, machineType, uuid, extraArguments }, files);

const sources: readonly SeedSource[] = [
  { kind: 'secret-serial', serial: 'ds=nocloud;s=http://192.0.2.1/' },
  { kind: 'disk', files: { 'meta-data': 'instance-id: a\n', 'user-data': '' } },
];

describe('writeSeedSource()', () => {
  it.each(sources)('writes $kind for its owner alone, in place of one of before', async source => {
    await write(source);
    const first = readFileSync(files.seedSource);
    await write(source);
    expect(readFileSync(files.seedSource).equals(first)).toBe(true);
    expect(statSync(files.seedSource).mode & 0o777).toBe(0o600);
    expect(statSync(files.runDir).mode & 0o777).toBe(0o700);
  });

  it('puts what raw arguments call the system into the table that hides the serial', async () => {
    const args = ['-smbios', 'type=1,manufacturer=ACME,,Inc,family=Racks'];
    await write({ kind: 'secret-serial', serial: 'x' }, 'microvm', args);
    expect(readFileSync(files.seedSource, 'latin1')).toContain('ACME,Inc\0microvm\0x\0Racks\0\0');
  });

  it('writes nothing for a serial that stands among the arguments, or no seed', async () => {
    await write({ kind: 'serial', serial: 'x' });
    await write(undefined);
    expect(existsSync(files.runDir)).toBe(false);
  });

  it.each([
    ['pc', 'Standard PC (i440FX + PIIX, 1996)'],
    ['pc-i440fx-7.2', 'Standard PC (i440FX + PIIX, 1996)'],
    ['q35', 'Standard PC (Q35 + ICH9, 2009)'],
    ['pc-q35-7.2', 'Standard PC (Q35 + ICH9, 2009)'],
    ['microvm', 'microvm'],
  ])('calls machine type %s what qemu calls it', async (machineType, productName) => {
    await write({ kind: 'secret-serial', serial: 'x' }, machineType);
    expect(readFileSync(files.seedSource, 'latin1')).toContain(`QEMU\0${productName}\0x\0\0`);
  });
});
