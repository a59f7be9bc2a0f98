import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildArguments } from '../../qemu/arguments.ts';
import { buildConfinedCommand } from '../../qemu/confinement.ts';
import { createOverlay } from '../../qemu/overlay.ts';
import { writeSeedSource } from '../../qemu/seed-source.ts';
import { buildVmFiles, type VmFiles } from '../../qemu/vm-files.ts';
import { launchVm } from '../../qemu/vm-launch.ts';
import type { SeedSource, VmSpec } from '../../qemu/vm-spec.ts';
import { labImage } from './settings.ts';
import { typeOnConsole } from './type-on-console.ts';
import { waitUntil } from './wait-until.ts';

const UUID = '3f0c9a52-6f1e-8a4b-9d52-0d7a4c1b2e90';
const READY_MS = 90_000;

let folder: string;
let files: VmFiles;
beforeEach(async () => {
  // A comma in its name: it stands in qemu's arguments.
  folder = await mkdtemp(join(tmpdir(), 'seed,source-'));
  files = buildVmFiles({ stateRoot: folder, runRoot: folder }, 'vm');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function specOf(seedSource: SeedSource, changes: Partial<VmSpec> = {}): Promise<VmSpec> {
  const basePath = await labImage('tiny', process.env);
  const overlayPath = join(folder, 'disk.qcow2');
  await createOverlay({ overlayPath, basePath, baseFormat: 'qcow2', virtualSizeBytes: 64 * 1024 * 1024 });
  return {
    name: 'seed-source',
    uuid: UUID,
    emulatorPath: '/usr/bin/qemu-system-x86_64',
    machineType: 'pc',
    accelerator: 'tcg',
    vcpus: 1,
    memoryMib: 256,
    disk: { kind: 'overlay', overlayPath, basePath, baseFormat: 'qcow2', driveInterface: 'virtio' },
    nics: [],
    seedSource,
    hasGuestAgentPort: false,
    staysWhenPoweredOff: false,
    defaultDevices: 'bare',
    extraArguments: [],
    ...changes,
  };
}

/** Runs the guest as the driver would, types a line when it is ready, and returns its console when `wanted` is there. */
async function consoleOf(spec: VmSpec, wanted: RegExp, line?: string): Promise<string> {
  await writeSeedSource(spec, files);
  const command = buildConfinedCommand(spec, [spec.emulatorPath, ...buildArguments(spec, files)]);
  const nowhere = { consoleLogPath: '/dev/null', accountLogPath: '/dev/null', cgroupProcsPaths: [] };
  const vm = await launchVm(
    { files, workingDir: folder, command, ...nowhere },
    AbortSignal.timeout(READY_MS),
  );
  try {
    if (line !== undefined) {
      await waitForConsole(/tiny: ready/);
      await typeOnConsole(files, line);
    }
    return await waitForConsole(wanted);
  } finally {
    vm.destroy();
    // The next one may want the same disk.
    await vm.exit;
    vm.close();
  }
}

async function waitForConsole(wanted: RegExp): Promise<string> {
  return await waitUntil(
    `${wanted} on the console`,
    async () => {
      const text = (await readFile(files.console, 'utf8')).replaceAll('\r', '');
      return wanted.test(text) ? text : undefined;
    },
    AbortSignal.timeout(READY_MS),
  );
}

describe('a seed source', () => {
  const identity =
    'cd /sys/class/dmi/id; echo "uuid=$(cat product_uuid) vendor=$(cat sys_vendor) product=$(cat product_name)"';

  const identityShown =
    /^uuid=3f0c9a52-6f1e-8a4b-9d52-0d7a4c1b2e90 vendor=QEMU product=Standard PC \(i440FX \+ PIIX, 1996\)$/m;

  it('on a disk is a volume that the guest mounts and reads', async () => {
    const files = { 'meta-data': 'instance-id: i-on-disk\n', 'user-data': `#tiny: ${identity}\n` };
    const text = await consoleOf(await specOf({ kind: 'disk', files }), /tiny: ready/);
    expect(text).toContain('tiny: seed on /dev/vdb: /seed/meta-data /seed/user-data\n');
    expect(text).toContain('tiny: instance-id i-on-disk\n');
    expect(text).toMatch(identityShown);
  });

  it('on a disk is beside the disk of a drop-in job, from which the guest boots', async () => {
    const spec = await specOf({
      kind: 'disk',
      files: { 'meta-data': '', 'user-data': '#tiny: echo beside\n' },
    });
    for (const driveInterface of ['ide', 'virtio'] as const) {
      await rm(files.console, { force: true });
      await rm(files.exitStatus, { force: true });
      const disk = { kind: 'in-place', imagePath: join(folder, 'disk.qcow2'), imageFormat: 'qcow2' } as const;
      const text = await consoleOf(
        { ...spec, defaultDevices: 'machine', disk: { ...disk, driveInterface } },
        /tiny: ready/,
      );
      expect(text).toContain('beside\n');
    }
  });

  it('in a secret serial is beside the names that raw arguments give the system', async () => {
    const spec = await specOf(
      { kind: 'secret-serial', serial: 'none' },
      { extraArguments: ['-smbios', 'type=1,manufacturer=ACME,,Inc,version=3,sku=K,family=Racks'] },
    );
    const read =
      'cd /sys/class/dmi/id; echo "$(cat sys_vendor product_name product_version product_serial product_sku product_family | tr \'\\n\' ";")"';
    const shown = /^ACME,Inc;Standard PC \(i440FX \+ PIIX, 1996\);3;none;K;Racks;$/m;
    expect(await consoleOf(spec, shown, read)).toMatch(shown);
  });

  it('in a secret serial is what the guest reads, with the UUID and the maker that it had by arguments', async () => {
    const serial = 'ds=nocloud;dsmode=net;s=http://127.0.0.1:9/a,b/';
    const spec = await specOf({ kind: 'secret-serial', serial });
    expect(buildArguments(spec, files).join(' ')).not.toContain('nocloud');
    const text = await consoleOf(spec, identityShown, identity);
    expect(text).toContain('tiny: cannot fetch http://127.0.0.1:9/a,b/meta-data\n');
  });
});
