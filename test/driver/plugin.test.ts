import { once } from 'node:events';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { startPlugin, startRequest } from './nomad-client.ts';

/** Runs a request that must fail and returns its gRPC error. */
async function failure(request: Promise<unknown>): Promise<ServiceError> {
  try {
    await request;
  } catch (error) {
    // Every failure of a grpc-js call is one.
    return error as ServiceError;
  }
  throw new Error('the request succeeded');
}

/** 1 MiB that passes for a raw disk: all zero but for the boot sector's signature. */
function rawDisk(): Buffer {
  const disk = Buffer.alloc(1024 * 1024);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

describe('runPlugin()', () => {
  it('prints exactly the handshake that agents from 1.6 to 2.0 read', async () => {
    await using plugin = await startPlugin();
    expect(plugin.handshake).toMatch(/^1\|2\|unix\|\/[^|]+\|grpc\|$/);
  });

  it('says who it is, by the name of its file', async () => {
    await using vm = await startPlugin('vm');
    await using qemu = await startPlugin('qemu');
    const info = { type: 'DRIVER', plugin_api_versions: ['v0.1.0'] };
    expect(await vm.call('BasePlugin', 'PluginInfo', {})).toMatchObject({ ...info, name: 'vm' });
    const drop = await qemu.call('BasePlugin', 'PluginInfo', {});
    expect(drop).toMatchObject({ ...info, name: 'qemu' });
    // Below 0.1.0, or as a pre-release, it would lose against the built-in driver.
    expect(drop['plugin_version']).toMatch(/^(0\.[1-9]\d*|[1-9]\d*\.\d+)\.\d+$/);
  });

  it('answers the probes of an agent without touching the host', async () => {
    await using plugin = await startPlugin();
    const state = join(plugin.dir, 'state');
    expect(await plugin.call('BasePlugin', 'ConfigSchema', {})).toMatchObject({ spec: { block: 'object' } });
    await plugin.configure({ state_dir: state, run_dir: join(plugin.dir, 'run') });
    await plugin.configure({ state_dir: state, run_dir: join(plugin.dir, 'run') });
    await expect(mkdir(state)).resolves.toBeUndefined();
  });

  it('refuses a wrong configuration with every problem and its path', async () => {
    await using plugin = await startPlugin();
    const error = await failure(plugin.configure({ state_dir: 'state', image_paths: ['images'] }));
    expect(error.details).toContain('config.state_dir');
    expect(error.details).toContain('config.image_paths[0]');
  });

  it('describes the task config by a schema and its abilities by capabilities', async () => {
    await using plugin = await startPlugin();
    const { spec } = await plugin.call('Driver', 'TaskConfigSchema', {});
    expect(spec).toMatchObject({ object: { attributes: { image: { Attr: { type: 'string' } } } } });
    const { capabilities } = await plugin.call('Driver', 'Capabilities', {});
    expect(capabilities).toMatchObject({ fs_isolation: 'NONE', must_create_network: false });
  });

  it('serves Init and Shutdown, which only agents from 2.0.4 call', async () => {
    await using plugin = await startPlugin();
    expect(await plugin.call('Driver', 'Init', {})).toEqual({});
    expect(await plugin.call('Driver', 'Shutdown', {})).toEqual({});
  });

  it('reports itself healthy by go-plugin and keeps the stdio stream open', async () => {
    await using plugin = await startPlugin();
    expect(await plugin.call('Health', 'Check', { service: 'plugin' })).toEqual({ status: 'SERVING' });
    const stdio = plugin.stream('GrpcStdio', 'StreamStdio', {});
    stdio.on('error', () => undefined);
    const ended = once(stdio, 'end').then(() => 'ended');
    const alive = plugin.call('Health', 'Check', {}).then(() => 'open');
    expect(await Promise.race([ended, alive])).toBe('open');
    stdio.cancel();
  });

  it('exits at once when the agent shuts it down', async () => {
    await using plugin = await startPlugin();
    const exited = once(plugin.process, 'exit');
    await plugin.call('GrpcController', 'Shutdown', {});
    expect((await exited)[0]).toBe(0);
  });

  it('tells the node what qemu it has as its first fingerprint', async () => {
    await using plugin = await startPlugin();
    const stream = plugin.stream('Driver', 'Fingerprint', {});
    stream.on('error', () => undefined);
    const [first] = await once(stream, 'data');
    expect(['HEALTHY', 'UNDETECTED']).toContain(first.health);
    expect(first.health_description).not.toBe('');
    stream.cancel();
  });

  it('counts an unknown task as stopped and destroyed, and finds none to wait for', async () => {
    await using plugin = await startPlugin();
    await plugin.configure({ state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') });
    expect(await plugin.call('Driver', 'StopTask', { task_id: 'a/b/c', timeout: { seconds: 1 } })).toEqual(
      {},
    );
    expect(await plugin.call('Driver', 'DestroyTask', { task_id: 'a/b/c', force: true })).toEqual({});
    expect((await failure(plugin.call('Driver', 'WaitTask', { task_id: 'a/b/c' }))).code).toBe(
      status.NOT_FOUND,
    );
    expect((await failure(plugin.call('Driver', 'InspectTask', { task_id: 'a/b/c' }))).code).toBe(
      status.NOT_FOUND,
    );
    const recover = plugin.call('Driver', 'RecoverTask', { handle: { config: { id: 'a/b/c' } } });
    expect((await failure(recover)).code).toBe(status.NOT_FOUND);
  });

  it('refuses a wrong job with all problems at once, which no restart would cure', async () => {
    await using plugin = await startPlugin();
    await plugin.configure({ state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') });
    const config = { image: 'local/none.qcow2', cpus: 0, network: [{ bridge: 'a/b', mac: 'zz' }] };
    const error = await failure(plugin.call('Driver', 'StartTask', startRequest(plugin.dir, config)));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    for (const path of ['config.cpus', 'config.network[0].bridge', 'config.network[0].mac']) {
      expect(error.details).toContain(path);
    }
    expect(error.metadata.get('grpc-status-details-bin')).toEqual([]);
  });

  it('refuses too little memory, a missing image and a user with what to do about each', async () => {
    await using plugin = await startPlugin();
    await plugin.configure({ state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') });
    const request = startRequest(
      plugin.dir,
      { image: 'local/none.qcow2' },
      { user: 'alice', resources: null },
    );
    const error = await failure(plugin.call('Driver', 'StartTask', request));
    for (const part of ['resources.memory', 'config.image', 'artifact', 'user: is "alice"']) {
      expect(error.details).toContain(part);
    }
  });

  it('asks for another try while the seed server is down', async () => {
    await using plugin = await startPlugin();
    await plugin.configure({ state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') });
    await mkdir(join(plugin.dir, 'vm'));
    await writeFile(join(plugin.dir, 'vm/disk.img'), rawDisk());
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    // A listener on port 0 of an IP address has one.
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, 'close');
    const config = {
      image: 'disk.img',
      network: [{ mode: 'user' }],
      cloud_init: { seed: 'alice', server: `http://127.0.0.1:${port}/` },
    };
    const error = await failure(plugin.call('Driver', 'StartTask', startRequest(plugin.dir, config)));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.details).toContain('does not answer');
    const [details] = error.metadata.get('grpc-status-details-bin');
    expect(details?.toString()).toContain('RecoverableError');
  });

  it('says where a start finds no space, and leaves nothing of it', async () => {
    await using plugin = await startPlugin();
    const state = join(plugin.dir, 'state');
    await plugin.configure({ state_dir: state, run_dir: join(plugin.dir, 'run') });
    const local = join(plugin.dir, 'vm/local');
    await mkdir(local, { recursive: true });
    await writeFile(join(local, 'disk.img'), rawDisk());
    await symlink('/dev/full', join(local, 'vm-disk.qcow2.base.json'));
    const config = { image: 'local/disk.img', accelerator: 'tcg' };
    const error = await failure(plugin.call('Driver', 'StartTask', startRequest(plugin.dir, config)));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.details).toMatch(
      /^Cannot start the VM: cannot write to ".*\/vm\/local": no space is left; /,
    );
    expect(await readdir(state)).toEqual([]);
  });

  it('offers exec and signals, and finds no task it does not run', async () => {
    await using plugin = await startPlugin();
    await plugin.configure({ state_dir: join(plugin.dir, 'state'), run_dir: join(plugin.dir, 'run') });
    const { capabilities } = await plugin.call('Driver', 'Capabilities', {});
    expect(capabilities).toMatchObject({ exec: true, send_signals: true });
    const signal = plugin.call('Driver', 'SignalTask', { task_id: 'a', signal: 'SIGHUP' });
    expect((await failure(signal)).code).toBe(status.NOT_FOUND);
    const exec = plugin.call('Driver', 'ExecTask', { task_id: 'a', command: ['ls'] });
    expect((await failure(exec)).code).toBe(status.NOT_FOUND);
  });
});
