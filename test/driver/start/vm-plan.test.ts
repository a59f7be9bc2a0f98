import { describe, expect, it } from 'vitest';
import { parsePluginConfig } from '../../../driver/config/plugin-config.ts';
import { parseTaskConfig } from '../../../driver/config/task-config.ts';
import { buildVmSpec } from '../../../driver/start/vm-plan.ts';
import { taskRequest } from '../task-request-example.ts';

const plugin = parsePluginConfig({});
const image = { kind: 'usable', format: 'qcow2', virtualSizeBytes: 1024, path: '/images/d.qcow2' } as const;
const facts = {
  request: taskRequest({}),
  identity: 'default/job/group/vm/0',
  disksDir: '/disks',
  image,
  nics: [],
  seedSource: undefined,
  emulatorPath: '/usr/bin/qemu-system-x86_64',
  accelerator: 'tcg',
  vcpus: 2,
} as const;

describe('buildVmSpec()', () => {
  it('puts an overlay of the VM into its task folder, on a base that stays as it is', () => {
    const config = parseTaskConfig({ image: 'local/d.qcow2' }, { personality: 'vm', plugin });
    const spec = buildVmSpec({ ...facts, config });
    expect(spec.disk).toEqual({
      kind: 'overlay',
      overlayPath: '/alloc/vm/local/vm-disk.qcow2',
      basePath: '/images/d.qcow2',
      baseFormat: 'qcow2',
      driveInterface: 'virtio',
    });
    expect(spec).toMatchObject({ name: 'job.group.vm.0', memoryMib: 256, vcpus: 2, defaultDevices: 'bare' });
  });

  it('puts a persistent overlay among the disks of the operator, by the identity of the VM', () => {
    const config = parseTaskConfig(
      { image: '/images/d.qcow2', disk: 'persistent' },
      { personality: 'vm', plugin },
    );
    expect(buildVmSpec({ ...facts, config }).disk).toMatchObject({
      overlayPath: '/disks/default~job~group~vm~0/disk.qcow2',
      basePath: '/images/d.qcow2',
    });
  });

  it('writes to image_path itself, as the built-in driver does', () => {
    const config = parseTaskConfig({ image_path: 'local/d.qcow2' }, { personality: 'qemu', plugin });
    const spec = buildVmSpec({ ...facts, config });
    expect(spec.disk).toMatchObject({
      kind: 'in-place',
      imagePath: '/images/d.qcow2',
      driveInterface: 'ide',
    });
    expect(spec).toMatchObject({ defaultDevices: 'machine', hasGuestAgentPort: false });
  });

  it('is called by the name the job gives it', () => {
    const config = parseTaskConfig({ image: 'local/d.qcow2', name: 'alice' }, { personality: 'vm', plugin });
    expect(buildVmSpec({ ...facts, config }).name).toBe('alice');
  });
});
