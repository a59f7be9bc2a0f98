import { join } from 'node:path';
import { execa } from 'execa';
import type { Lab } from './lab.ts';
import type { LabProcess } from './lab-process.ts';

/** Starts the tiny guest with plain qemu, on an overlay in the lab's folder; its console is the process's log. */
export async function startTinyGuest(
  lab: Lab,
  image: string,
  mac: string,
  seedUrl?: string,
): Promise<LabProcess> {
  const disk = join(lab.folder, `tiny-${mac.replaceAll(':', '')}.qcow2`);
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', 'qcow2', disk]);
  const serial = seedUrl === undefined ? [] : ['-smbios', `type=1,serial=ds=nocloud;dsmode=net;s=${seedUrl}`];
  return await lab.spawn(`tiny-${mac}`, [
    'qemu-system-x86_64',
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-no-reboot',
    '-machine',
    'pc,accel=tcg',
    '-m',
    '128',
    '-drive',
    `if=virtio,format=qcow2,file=${disk}`,
    '-netdev',
    `bridge,id=n0,br=${lab.bridge}`,
    '-device',
    `virtio-net-pci,netdev=n0,mac=${mac},addr=3,romfile=`,
    '-serial',
    'stdio',
    ...serial,
  ]);
}
