import { describe, expect, it } from 'vitest';
import { parseMachineTypes, readMachineTypes } from '../../qemu/machine-types.ts';

describe('parseMachineTypes()', () => {
  it('keeps names without a version, with the version behind them', () => {
    const output = [
      'Supported machines are:',
      'microvm              microvm (i386)',
      'pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)',
      'pc-i440fx-7.2        Standard PC (i440FX + PIIX, 1996) (default)',
      'q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)',
      'none                 empty machine',
    ].join('\n');
    expect(parseMachineTypes(output)).toEqual([
      { name: 'microvm', version: 'microvm' },
      { name: 'pc', version: 'pc-i440fx-7.2' },
      { name: 'q35', version: 'pc-q35-7.2' },
    ]);
  });
});

describe('readMachineTypes()', () => {
  it('asks real qemu', async () => {
    const machines = await readMachineTypes('/usr/bin/qemu-system-x86_64', AbortSignal.timeout(10_000));
    expect(machines.map(({ name }) => name)).toEqual(expect.arrayContaining(['pc', 'q35']));
  });

  it('has none of what cannot be asked', async () => {
    expect(await readMachineTypes('/nonexistent', AbortSignal.timeout(10_000))).toEqual([]);
  });
});
