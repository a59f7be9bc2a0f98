import { describe, expect, it } from 'vitest';
import type { Personality } from '../../../driver/config/personality.ts';
import { parsePluginConfig } from '../../../driver/config/plugin-config.ts';
import { ConfigProblems } from '../../../driver/config/problem.ts';
import { parseTaskConfig } from '../../../driver/config/task-config.ts';

const SERVER = 'http://10.0.0.1:8000/';

function parse(
  raw: unknown,
  personality: Personality = 'vm',
  plugin: unknown = { cloudinit_server: SERVER },
) {
  return parseTaskConfig(raw, { personality, plugin: parsePluginConfig(plugin) });
}

function problems(raw: unknown, personality: Personality = 'vm', plugin?: unknown): readonly string[] {
  try {
    parse(raw, personality, plugin);
  } catch (error) {
    if (error instanceof ConfigProblems)
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const image = 'local/debian-12.qcow2';
const bridge = { bridge: 'br0' };

describe('parseTaskConfig() defaults', () => {
  it('completes the smallest config of driver vm', () => {
    expect(parse({ image })).toEqual({
      personality: 'vm',
      disk: { kind: 'overlay', image, lifetime: 'ephemeral' },
      emulator: 'qemu-system-x86_64',
      machineType: 'pc',
      accelerator: 'auto',
      driveInterface: 'virtio',
      networks: [],
      ports: new Map(),
      gracefulShutdown: true,
      hasGuestAgent: true,
      onGuestPoweroff: 'exit',
      args: [],
    });
  });

  it('keeps the defaults of the built-in driver as the drop-in qemu', () => {
    expect(parse({ image_path: 'local/disk.img' }, 'qemu')).toEqual({
      personality: 'qemu',
      disk: { kind: 'in-place', imagePath: 'local/disk.img' },
      emulator: 'qemu-system-x86_64',
      machineType: 'pc',
      accelerator: 'tcg',
      driveInterface: 'ide',
      networks: [],
      ports: new Map(),
      gracefulShutdown: false,
      hasGuestAgent: false,
      onGuestPoweroff: 'exit',
      args: [],
    });
  });

  it('reads everything at once, as Nomad sends it', () => {
    const config = parse(
      {
        image,
        image_path: null,
        disk_size: '20G',
        disk: 'persistent',
        cpus: 2,
        name: 'alice',
        accelerator: 'kvm',
        machine_type: 'pc-i440fx-7.2',
        emulator: 'x86_64',
        drive_interface: 'scsi',
        graceful_shutdown: false,
        guest_agent: false,
        args: ['-device', 'virtio-rng-pci'],
        port_map: [{ ssh: 22 }],
        network: [
          { bridge: 'br0', mac: '52-54-00-AB-CD-EF', mode: null },
          { bridge: null, mac: null, mode: 'user' },
        ],
        cloud_init: { seed: 'alice', server: 'http://seeds.example:8000/x/' },
      },
      'vm',
      { args_allowlist: ['-device virtio-rng-*'] },
    );
    expect(config).toEqual({
      personality: 'vm',
      name: 'alice',
      disk: { kind: 'overlay', image, sizeBytes: 20 * 2 ** 30, lifetime: 'persistent' },
      vcpus: 2,
      accelerator: 'kvm',
      machineType: 'pc-i440fx-7.2',
      emulator: 'qemu-system-x86_64',
      driveInterface: 'scsi',
      gracefulShutdown: false,
      hasGuestAgent: false,
      onGuestPoweroff: 'exit',
      args: ['-device', 'virtio-rng-pci'],
      ports: new Map([['ssh', 22]]),
      networks: [{ mode: 'bridge', bridge: 'br0', macAddress: '52:54:00:ab:cd:ef' }, { mode: 'user' }],
      cloudInit: { kind: 'public', seed: 'alice', server: 'http://seeds.example:8000/x/' },
    });
  });

  it('takes the seed server from the plugin', () => {
    expect(parse({ image, network: [bridge], cloud_init: { seed: 'a' } }).cloudInit).toEqual({
      kind: 'public',
      seed: 'a',
      server: SERVER,
    });
  });

  it('gives the drop-in a user-mode NIC for its port_map', () => {
    const { networks, ports } = parse({ image_path: 'd', port_map: [{ main: 22 }, { web: 8080 }] }, 'qemu');
    expect(networks).toEqual([{ mode: 'user' }]);
    expect(ports).toEqual(new Map([['main', 22], ['web', 8080]])); // biome-ignore format: a map reads best in one line
  });
});

describe('parseTaskConfig() on_guest_poweroff', () => {
  it('takes all three on driver vm', () => {
    for (const policy of ['exit', 'hold', 'boot'])
      expect(parse({ image, on_guest_poweroff: policy }).onGuestPoweroff).toBe(policy);
  });

  it('takes only exit as the drop-in', () => {
    expect(parse({ image_path: 'd', on_guest_poweroff: 'exit' }, 'qemu').onGuestPoweroff).toBe('exit');
    expect(() => parse({ image_path: 'd', on_guest_poweroff: 'hold' }, 'qemu')).toThrow(
      'config.on_guest_poweroff: "hold" is not possible with driver "qemu"',
    );
  });
});

describe('parseTaskConfig() refuses', () => {
  const nics = Array.from({ length: 14 }, () => bridge);
  const twin = { bridge: 'br0', mac: '52:54:00:00:00:01' };
  it.each([
    ['no image', {}, 'config.image: is missing; name the disk image'],
    ['two images', { image, image_path: 'b' }, 'config.image_path: cannot stand beside image'],
    ['an empty image', { image: '' }, 'config.image: is empty'],
    [
      'a URL as image',
      { image: 'https://x/y' },
      'config.image: "https://x/y" is a URL; fetch it with an artifact',
    ],
    [
      'a lifetime that is none',
      { image, disk: 'forever' },
      'config.disk: "forever" is not how a disk is kept',
    ],
    [
      'a lifetime of image_path',
      { image_path: 'a', disk: 'persistent' },
      'config.disk: only works with image',
    ],
    [
      'another word for a power-off',
      { image, on_guest_poweroff: 'restart' },
      'config.on_guest_poweroff: "restart" is not one of "exit", "hold", "boot"',
    ],
    ['a size without a unit', { image, disk_size: '20' }, 'config.disk_size: "20" is not a size'],
    [
      'a size for image_path',
      { image_path: 'a', disk_size: '20G' },
      'config.disk_size: only works with image',
    ],
    ['no CPU', { image, cpus: 0 }, 'config.cpus: 0 virtual CPUs are not possible'],
    ['half a CPU', { image, cpus: 1.5 }, 'config.cpus: 1.5 virtual CPUs are not possible'],
    ['too many CPUs', { image, cpus: 256 }, 'config.cpus: 256 virtual CPUs'],
    ['a name with a slash', { image, name: 'a/b' }, 'config.name: "a/b" cannot be the name of a VM'],
    [
      'an accelerator',
      { image, accelerator: 'kmv' },
      'config.accelerator: "kmv" is not one of "auto", "kvm", "tcg"',
    ],
    [
      'an interface',
      { image, drive_interface: 'virtio-foo' },
      'config.drive_interface: "virtio-foo" is not one of',
    ],
    [
      'a machine',
      { image, machine_type: 'microvm' },
      'config.machine_type: "microvm" is not a machine that driver',
    ],
    ['machine options', { image, machine_type: 'pc,x=y' }, 'config.machine_type: "pc,x=y" is not a machine'],
    [
      'a path as emulator',
      { image, emulator: '/bin/sh' },
      'config.emulator: "/bin/sh" is not the name of an emulator',
    ],
    [
      'another architecture',
      { image, emulator: 'aarch64' },
      'config.emulator: "aarch64" cannot run the machines',
    ],
    [
      'a short MAC',
      { image, network: [{ ...bridge, mac: '52:54' }] },
      'config.network[0].mac: Cannot use "52:54"',
    ],
    [
      'a zero MAC',
      { image, network: [{ ...bridge, mac: '00:00:00:00:00:00' }] },
      'config.network[0].mac: Cannot use',
    ],
    [
      'a multicast MAC',
      { image, network: [{ ...bridge, mac: '53:54:00:00:00:01' }] },
      'config.network[0].mac: Cannot',
    ],
    [
      'one MAC twice',
      { image, network: [twin, twin] },
      'config.network[1].mac: "52:54:00:00:00:01" is also the MAC',
    ],
    ['no bridge', { image, network: [{}] }, 'config.network[0].bridge: is missing; name the bridge'],
    [
      'a long bridge',
      { image, network: [{ bridge: 'b'.repeat(16) }] },
      'config.network[0].bridge: "bbbbbbbbbbbbbbbb" is lo',
    ],
    [
      'a bridge with a slash',
      { image, network: [{ bridge: 'a/b' }] },
      'config.network[0].bridge: "a/b" cannot be',
    ],
    [
      'a bridge with a comma',
      { image, network: [{ bridge: 'a,b' }] },
      'config.network[0].bridge: "a,b" cannot be',
    ],
    [
      'a bridge in user mode',
      { image, network: [{ ...bridge, mode: 'user' }] },
      'config.network[0].bridge: is "br0", but',
    ],
    [
      'a network mode',
      { image, network: [{ mode: 'tap' }] },
      'config.network[0].mode: "tap" is not a network mode',
    ],
    ['fourteen NICs', { image, network: nics }, 'config.network: makes 14 NICs, but a VM has room for 13'],
    [
      'port_map without a user-mode NIC',
      { image, port_map: [{ a: 1 }] },
      'config.port_map: needs a network that',
    ],
    [
      'port 0',
      { image, network: [{ mode: 'user' }], port_map: [{ a: 0 }] },
      'config.port_map.a: 0 is not a port',
    ],
    [
      'a seed out of its folder',
      { image, network: [bridge], cloud_init: { seed: '../x' } },
      'config.cloud_init.seed: ',
    ],
    ['no seed', { image, network: [bridge], cloud_init: {} }, 'config.cloud_init.seed: is missing'],
    [
      'cloud_init without a NIC',
      { image, cloud_init: { seed: 'x' } },
      'config.cloud_init: cannot work without a NIC',
    ],
    ['arguments', { image, args: ['-s'] }, 'config.args[0]: "-s" is not among the arguments'],
    ['a newline', { image: 'a\nb' }, 'config.image: "a\\nb" holds a control character'],
  ])('%s', (_, raw, line) => {
    expect(problems(raw)).toEqual([expect.stringContaining(line)]);
  });

  it.each(['ftp://x/', 'x', 'http://a b/', 'http://a/;x', 'http://a/?x=y'])('seed server %j', server => {
    expect(problems({ image, network: [bridge], cloud_init: { seed: 'x', server } })).toEqual([
      expect.stringContaining(
        `config.cloud_init.server: Cannot use "${server}" as the address of the seed server`,
      ),
    ]);
  });

  it('an emulator outside the allow list, however either is spelled', () => {
    const allowed = { emulators_allowlist: ['i386'] };
    expect(problems({ image }, 'vm', allowed)).toEqual([
      expect.stringContaining('config.emulator: "qemu-system-x86_64" is not an allowed emulator'),
    ]);
    expect(problems({ image, emulator: 'qemu-system-i386' }, 'vm', allowed)).toEqual([]);
    expect(
      problems({ image_path: 'a', emulator: 'arm' }, 'qemu', { emulators_allowlist: ['qemu-system-arm'] }),
    ).toEqual([]);
  });

  it('everything at once, in one line for an event of Nomad', () => {
    const raw = { image, cpus: 0, network: [{ bridge: 'br0', mac: 'zz' }] };
    expect(() => parse(raw)).toThrow(
      /^2 problems in the task's config: config\.cpus: 0 virtual .*; config\.network\[0\]\.mac: Cannot use "zz" .*$/,
    );
  });
});

describe('parseTaskConfig() as the drop-in qemu', () => {
  it('takes any machine and emulator by name', () => {
    expect(
      problems({ image_path: 'a', machine_type: 'microvm', emulator: 'qemu-system-aarch64' }, 'qemu'),
    ).toEqual([]);
    expect(problems({ image_path: 'a', machine_type: 'pc,accel=x' }, 'qemu')).toHaveLength(1);
  });

  it('takes raw arguments and cloud_init without a network block', () => {
    const raw = { image_path: 'a', args: ['-netdev', 'bridge,id=hn0'], cloud_init: { seed: 'a' } };
    expect(problems(raw, 'qemu')).toEqual([]);
  });
});
