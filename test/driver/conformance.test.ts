import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceError } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePluginConfig } from '../../driver/config/plugin-config.ts';
import { ConfigProblems } from '../../driver/config/problem.ts';
import { parseTaskConfig } from '../../driver/config/task-config.ts';
import { checkImage } from '../../driver/start/image-check.ts';
import { parseTaskRecord } from '../../driver/task-record.ts';
import { TaskStore } from '../../driver/task-store.ts';
import { type NomadClient, startPlugin, startRequest } from './nomad-client.ts';

/*
 * What the tests of Nomad's built-in qemu driver assert, asserted of the drop-in. Each test is called as its model in
 * Nomad's drivers/qemu/driver_test.go.
 */

function parse(raw: object, plugin: object = {}) {
  return parseTaskConfig(
    { image_path: 'linux.img', ...raw },
    { personality: 'qemu', plugin: parsePluginConfig(plugin) },
  );
}

function problemsOf(raw: object, plugin: object = {}): readonly string[] {
  try {
    parse(raw, plugin);
    return [];
  } catch (error) {
    if (error instanceof ConfigProblems)
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

async function failureOf(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'none',
    // Every failure of a grpc-js call is one.
    (error: ServiceError) => error.details,
  );
}

describe('the drop-in as a plugin, with a real qemu', () => {
  let plugin: NomadClient;
  beforeAll(async () => {
    plugin = await startPlugin('qemu');
    await plugin.configure({ state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') });
    mkdirSync(join(plugin.dir, 'vm'));
    writeFileSync(join(plugin.dir, 'vm/linux.img'), Buffer.alloc(1024 * 1024));
  });
  afterAll(async () => {
    // VMs outlive their plugin.
    for (const task_id of ['a/vm/1', 'a/vm/3'])
      await plugin.call('Driver', 'DestroyTask', { task_id, force: true });
    await plugin[Symbol.asyncDispose]();
  });

  /** What Nomad reserves, with a port of the task's own that is free. */
  async function reserve(): Promise<object> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    // A listener on an IP address has a port.
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, 'close');
    return {
      allocated_resources: {
        cpu: { cpu_shares: 100 },
        memory: { memory_mb: 128 },
        networks: [{ ip: '127.0.0.1', reserved_ports: [{ label: 'main', value: port }], dynamic_ports: [] }],
      },
      linux_resources: {},
    };
  }
  const config = {
    image_path: 'linux.img',
    accelerator: 'tcg',
    graceful_shutdown: false,
    port_map: [{ main: 22 }],
    args: ['-nodefaults'],
  };

  async function start(id: string, changes: object = {}): Promise<Record<string, unknown>> {
    return await plugin.call(
      'Driver',
      'StartTask',
      startRequest(plugin.dir, config, { id, resources: await reserve(), ...changes }),
    );
  }

  it('TestQemuDriver_Start_Wait_Stop', async () => {
    const reply = await start('a/vm/1');
    expect(reply['handle']).toMatchObject({ state: 'RUNNING', config: { id: 'a/vm/1' } });
    // Not in Nomad's test, but in its driver: one forwarded port is told as the driver's network.
    expect(reply['network_override']).toEqual({ port_map: { main: 22 }, addr: '', auto_advertise: false });
    const signal = plugin.call('Driver', 'SignalTask', { task_id: 'a/vm/1', signal: 'SIGWINCH' });
    // The built-in driver takes no signal at all, this one those that mean something to a machine.
    expect(await failureOf(signal)).toContain('SIGWINCH');
    const ended = plugin.call('Driver', 'WaitTask', { task_id: 'a/vm/1' });
    await plugin.call('Driver', 'DestroyTask', { task_id: 'a/vm/1', force: true });
    expect((await ended)['result']).toMatchObject({ oom_killed: false });
  });

  it('TestQemuDriver_User', async () => {
    // The built-in driver knows no user of that name; this one takes none.
    expect(await failureOf(start('a/vm/2', { user: 'alice' }))).toContain('user: is "alice"');
  });

  it('TestQemuDriver_Stats', async () => {
    await start('a/vm/3');
    const status = await plugin.call('Driver', 'InspectTask', { task_id: 'a/vm/3' });
    expect(status['task']).toMatchObject({ state: 'RUNNING' });
    const stats = plugin.stream('Driver', 'TaskStats', {
      task_id: 'a/vm/3',
      collection_interval: { seconds: 1 },
    });
    stats.on('error', () => undefined);
    const [first] = await once(stats, 'data');
    stats.cancel();
    expect(Number(first.stats.agg_resource_usage.memory.rss)).toBeGreaterThan(0);
    await plugin.call('Driver', 'DestroyTask', { task_id: 'a/vm/3', force: true });
  });
});

describe.each([
  ['TestQemuDriver_Fingerprint', {}, /qemu-system-x86_64|x86_64/],
  [
    'TestQemuDriver_Fingerprint with emulators_allowlist',
    { emulators_allowlist: ['x86_64'] },
    /^[^,]*x86_64$/,
  ],
])('%s', (_name, settings, emulators) => {
  it('is healthy and names the allowed emulators', async () => {
    await using plugin = await startPlugin('qemu');
    await plugin.configure(settings);
    const stream = plugin.stream('Driver', 'Fingerprint', {});
    stream.on('error', () => undefined);
    for await (const { health, attributes } of stream) {
      const names = attributes['driver.qemu.emulators'];
      const version = attributes['driver.qemu.version'];
      // The first says that there is a qemu, later ones what it can do.
      if (names === undefined || version === undefined) continue;
      expect(health).toBe('HEALTHY');
      expect(version.string_val).toMatch(/^\d+\.\d+/);
      expect(names.string_val).toMatch(emulators);
      break;
    }
  });
});

describe('TestConfig_ParseAllHCL', () => {
  it('reads every option of the built-in driver', () => {
    const config = parse({
      image_path: '/tmp/image_path',
      drive_interface: 'ide',
      accelerator: 'kvm',
      args: ['arg1', 'arg2'],
      port_map: [{ http: 80, https: 443 }],
      graceful_shutdown: true,
    });
    expect(config).toMatchObject({
      disk: { kind: 'in-place', imagePath: '/tmp/image_path' },
      driveInterface: 'ide',
      accelerator: 'kvm',
      args: ['arg1', 'arg2'],
      gracefulShutdown: true,
    });
    expect([...config.ports]).toEqual([
      ['http', 80],
      ['https', 443],
    ]);
  });
});

describe('TestValidateEmulator', () => {
  it.each([
    ['no allow list', 'qemu-system-x86_64', [], undefined],
    ['listed', 'qemu-system-x86_64', ['qemu-system-x86_64', 'qemu-system-aarch64'], undefined],
    ['not listed', 'qemu-system-aarch64', ['qemu-system-x86_64'], 'is not an allowed emulator'],
  ])('%s', (_name, emulator, allowlist, expected) => {
    const [problem] = problemsOf({ emulator }, { emulators_allowlist: allowlist });
    if (expected === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(expected);
  });
});

describe('TestIsAllowedDriveInterface', () => {
  it.each(['ide', 'scsi', 'sd', 'mtd', 'floppy', 'pflash', 'virtio', 'none'])('allows %s', drive =>
    expect(problemsOf({ drive_interface: drive })).toEqual([]),
  );
  it.each(['foo', 'virtio-foo'])('refuses %s', drive =>
    expect(problemsOf({ drive_interface: drive })[0]).toContain('config.drive_interface'),
  );
});

describe('TestIsAllowedImagePath', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-paths-'));
    for (const file of FILES) {
      mkdirSync(join(dir, file, '..'), { recursive: true });
      writeFileSync(join(dir, file), Buffer.alloc(512));
    }
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const FILES = [
    'alloc/task/local/path',
    'alloc/task/local/image.img',
    'tmp/subdir/qemu-image',
    'opt/qemu/image',
    'opt/qemu/subdir/image',
    'image.img',
    'alloc/image.img',
    'tmpimage.img',
    'opt/other/image.img',
    'alloc-submatch.img',
  ];

  async function isAllowed(path: string): Promise<boolean> {
    const request = { allocDir: join(dir, 'alloc'), taskDir: join(dir, 'alloc/task') };
    const found = await checkImage(
      { kind: 'in-place', imagePath: path },
      request,
      [join(dir, 'tmp'), join(dir, 'opt/qemu')],
      () => undefined,
    );
    return found !== undefined;
  }

  it.each(['tmp/subdir/qemu-image', 'opt/qemu/image', 'opt/qemu/subdir/image', 'alloc/task/local/image.img'])(
    'allows %s',
    async path => expect(await isAllowed(join(dir, path))).toBe(true),
  );
  it('allows a path relative to the task', async () => expect(await isAllowed('local/path')).toBe(true));
  it.each(['image.img', 'tmpimage.img', 'opt/other/image.img', 'alloc-submatch.img'])(
    'refuses %s',
    async path => expect(await isAllowed(join(dir, path))).toBe(false),
  );
  it('refuses to climb out of the allocation', async () =>
    expect(await isAllowed('../../image.img')).toBe(false));
});

describe('TestArgsAllowList', () => {
  const plugin = { args_allowlist: ['-drive', '-net', '-snapshot'] };
  it.each([[['-drive', '/path/to/wherever', '-snapshot']], [['-net', 'tap,vlan=0,ifname=tap0']], [[]]])(
    'allows %o',
    args => expect(problemsOf({ args }, plugin)).toEqual([]),
  );
  it.each([
    [['-usbdevice', 'mouse']],
    [['-singlestep']],
    [['--singlestep']],
    [[' -singlestep']],
    [['\t-singlestep']],
  ])('refuses %o', args => expect(problemsOf({ args }, plugin)[0]).toContain('config.args[0]'));
  it('allows anything where the operator lists nothing', () =>
    expect(problemsOf({ args: ['-usbdevice', 'mouse'] })).toEqual([]));
});

describe('Test_taskStore', () => {
  it('finds what was saved, until it is removed; removing it again does no harm', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'nomad-driver-vm-store-'));
    try {
      const store = new TaskStore({ stateRoot: join(dir, 's'), runRoot: join(dir, 'r') }, () => undefined);
      const files = store.filesOf('qemu', 'a/vm/1');
      expect(store.load(files)).toBeUndefined();
      const record = parseTaskRecord(
        JSON.stringify({
          version: 1,
          owner: 'qemu',
          taskId: 'a/vm/1',
          allocId: 'a',
          allocDir: '/a',
          hasLog: true,
          isGraceful: true,
          hasGuestAgent: true,
          taskName: 'vm',
          identity: 'default/job/vm/vm/0',
          macAddresses: [],
          files,
          stage: { tag: 'starting' },
        }),
      );
      store.save(record);
      expect(store.load(files)).toEqual(record);
      store.remove(files);
      expect(store.load(files)).toBeUndefined();
      store.remove(files);
      expect(store.list()).toEqual([]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
