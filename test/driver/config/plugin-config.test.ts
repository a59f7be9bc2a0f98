import { describe, expect, it } from 'vitest';
import { parsePluginConfig } from '../../../driver/config/plugin-config.ts';

describe('parsePluginConfig()', () => {
  it('has a default for everything', () => {
    expect(parsePluginConfig({})).toEqual({
      imagePaths: [],
      argsAllowlist: undefined,
      emulatorsAllowlist: undefined,
      cloudInitServer: undefined,
      stateDir: '/var/lib/nomad-driver-vm',
      disksDir: '/var/lib/nomad-driver-vm/disks',
      runDir: '/run/nomad-driver-vm',
      bridgeHelper: undefined,
    });
  });

  it('takes an empty list of emulators as any, as the built-in driver does', () => {
    expect(parsePluginConfig({ emulators_allowlist: [] }).emulatorsAllowlist).toBeUndefined();
  });

  it('keeps what the operator wrote', () => {
    const config = parsePluginConfig({
      image_paths: ['/srv/images'],
      args_allowlist: ['-device *'],
      emulators_allowlist: ['x86_64', 'qemu-system-arm'],
      cloudinit_server: 'http://10.0.0.1:8000',
      state_dir: '/s',
      run_dir: '/r',
      bridge_helper: '/usr/libexec/qemu-bridge-helper',
    });
    expect(config).toEqual({
      imagePaths: ['/srv/images'],
      argsAllowlist: ['-device *'],
      emulatorsAllowlist: ['qemu-system-x86_64', 'qemu-system-arm'],
      cloudInitServer: 'http://10.0.0.1:8000',
      stateDir: '/s',
      disksDir: '/s/disks',
      runDir: '/r',
      bridgeHelper: '/usr/libexec/qemu-bridge-helper',
    });
  });

  it('refuses a run_dir whose sockets would have paths of 108 bytes and more', () => {
    const runDir = (bytes: number) => `/${'ü'.repeat(20)}${'r'.repeat(bytes - 41)}`;
    expect(parsePluginConfig({ run_dir: runDir(72) }).runDir).toBe(runDir(72));
    expect(() => parsePluginConfig({ run_dir: runDir(73) })).toThrow(
      `config.run_dir: "${runDir(73)}" has 73 bytes; sockets below it leave room for 72`,
    );
  });

  it.each([
    [{ image_paths: ['images'] }, 'config.image_paths[0]: "images" is not an absolute path'],
    [{ args_allowlist: ['drive'] }, 'config.args_allowlist[0]: "drive" does not begin with a qemu flag'],
    [{ emulators_allowlist: ['/bin/sh'] }, 'config.emulators_allowlist[0]: "/bin/sh" is no emulator'],
    [
      { cloudinit_server: '10.0.0.1:8000' },
      'config.cloudinit_server: Cannot use "10.0.0.1:8000" as the address',
    ],
    [{ state_dir: 's' }, 'config.state_dir: "s" is not an absolute path'],
    [{ bridge_helper: 'h' }, 'config.bridge_helper: "h" is not an absolute path'],
    [{ image_path: ['/a'] }, 'did you mean "image_paths"?'],
  ])('refuses %j', (raw, message) => {
    expect(() => parsePluginConfig(raw)).toThrow(message);
  });
});
