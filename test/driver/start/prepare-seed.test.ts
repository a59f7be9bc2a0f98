import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePluginConfig } from '../../../driver/config/plugin-config.ts';
import type { Problem } from '../../../driver/config/problem.ts';
import { parseTaskConfig } from '../../../driver/config/task-config.ts';
import { DriverError } from '../../../driver/errors.ts';
import { prepareSeed } from '../../../driver/start/prepare-seed.ts';
import { SeedWorld } from '../cloud-init/seed-world.ts';
import { taskRequest } from '../task-request-example.ts';

let world: SeedWorld;
/** What guests would fetch from. */
let guests: Server;
let server: string;
const problems: Problem[] = [];

beforeEach(async () => {
  problems.length = 0;
  world = await SeedWorld.create();
  mkdirSync(join(world.root, 'task/local'), { recursive: true });
  guests = createServer((request, response) => {
    const url = request.url ?? '';
    response.statusCode = /^\/(healthz|alice\/)/.test(url) ? 200 : url.startsWith('/carol/') ? 423 : 404;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(guests, 'listening');
  // A listener on an IP address has a port.
  server = `http://127.0.0.1:${(guests.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  guests.close();
  guests.closeAllConnections();
  await world[Symbol.asyncDispose]();
});

function prepare(
  cloudInit: object,
  { api = true, config: more = {} }: { api?: boolean; config?: object } = {},
) {
  const cloudinit_api = { url: world.api.url, token_file: world.tokenFile };
  const plugin = parsePluginConfig({ cloudinit_server: server, ...(api ? { cloudinit_api } : {}) });
  const raw = { image: 'a', network: [{ bridge: 'br0' }], cloud_init: cloudInit, ...more };
  const config = parseTaskConfig(raw, { personality: 'vm', plugin });
  if (config.cloudInit === undefined) throw new Error('there is no cloud_init');
  const target = {
    config,
    request: taskRequest({ taskDir: join(world.root, 'task'), jobId: 'web', allocIndex: 2 }),
    identity: 'default/web/group/vm/2',
    macAddresses: ['52:54:00:00:00:01'],
    seeds: api ? world.openService() : undefined,
  };
  const report = (path: string, message: string) => problems.push({ path, message });
  return prepareSeed(config.cloudInit, target, report, AbortSignal.timeout(10_000));
}

function write(name: string, text: string): void {
  writeFileSync(join(world.root, 'task/local', name), text);
}

describe('prepareSeed()', () => {
  it('gives a registered guest its URL as a secret', async () => {
    write('user-data', '#cloud-config\n');
    const prepared = await prepare({ seed: 'alice', user_data: 'local/user-data', meta_data: 'a: b\n' });
    expect(prepared?.source).toEqual({
      kind: 'secret-serial',
      serial: `ds=nocloud;dsmode=net;s=${server}-/vm/${'t'.repeat(22)}/`,
    });
    expect(prepared?.remarks).toEqual(['registered with the seed server as instance vm-1, seed by URL']);
    expect(JSON.stringify(prepared?.remarks)).not.toContain('ttt');
    expect(world.api.registered.get('default/web/group/vm/2')).toEqual({
      seed: 'alice',
      files: { 'user-data': '#cloud-config\n', 'meta-data': 'a: b\n' },
      mac_addresses: ['52:54:00:00:00:01'],
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      namespace: 'default',
      job: 'web',
      group: 'group',
      task: 'vm',
      index: 2,
      alloc_id: 'alloc',
      node: 'node1',
      instance_id: 'stable',
      delivery: 'http',
      guest_url: server,
    });
  });

  it('puts what the server renders onto a disk, and says why', async () => {
    const prepared = await prepare({ user_data: 'a\nb', cloud_init_version: '23.4.1' });
    expect(prepared?.source).toMatchObject({ kind: 'disk', files: { 'user-data': 'a\nb' } });
    expect(prepared?.remarks[0]).toMatch(/^registered .*, seed on a disk: cloud-init 23\.4\.1 does not find/);
  });

  it('makes a disk of the files of a job without anybody’s help', async () => {
    write('user-data', '#cloud-config\n');
    const given = { user_data: 'local/user-data', delivery: 'disk' };
    const prepared = await prepare(given, { api: false });
    expect(prepared?.source).toMatchObject({
      kind: 'disk',
      files: {
        'user-data': '#cloud-config\n',
        'meta-data': expect.stringContaining('local-hostname: "web-2"'),
      },
    });
    expect(world.api.seen).toEqual([]);
    const named = await prepare(given, { api: false, config: { name: 'alice' } });
    expect(named?.source).toMatchObject({
      files: { 'meta-data': expect.stringContaining('local-hostname: "alice"') },
    });
  });

  it('hands out the address of a folder that anybody may read, once the server has it', async () => {
    const prepared = await prepare({ seed: 'alice' }, { api: false });
    expect(prepared?.source).toEqual({ kind: 'serial', serial: `ds=nocloud;dsmode=net;s=${server}alice/` });
    expect(await prepare({ seed: 'bob' }, { api: false })).toBeUndefined();
    expect(await prepare({ seed: 'carol' }, { api: false })).toBeUndefined();
    expect(problems).toEqual([
      {
        path: 'config.cloud_init.seed',
        message: expect.stringContaining('"bob" is unknown to the seed server'),
      },
      {
        path: 'config.cloud_init.seed',
        message: expect.stringMatching(/gives "carol" to registered VMs only.*add cloudinit_api/),
      },
    ]);
  });

  it('tells the server nothing of a VM whose files are not there', async () => {
    expect(await prepare({ user_data: 'local/none', vendor_data: '/etc/passwd' })).toBeUndefined();
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringContaining('config.cloud_init.user_data: "local/none" does not exist'),
      expect.stringContaining('config.cloud_init.vendor_data: "/etc/passwd" leads out of'),
    ]);
    expect(world.api.seen).toEqual([]);
  });

  it('starts no VM that would ask in vain', async () => {
    guests.close();
    guests.closeAllConnections();
    const error = await prepare({ seed: 'alice' }).catch((reason: unknown) => reason);
    if (!(error instanceof DriverError)) throw new Error('no DriverError');
    expect(error.isRecoverable).toBe(true);
    expect(error.message).toContain(`its seed server ${server} (config.cloud_init.server) does not answer`);
    expect(world.api.registered.size).toBe(0);
    // A disk needs nobody but the listener for drivers.
    expect(await prepare({ seed: 'alice', delivery: 'disk' })).toBeDefined();
  });

  it('names no MAC address of a guest whose requests come from the node', async () => {
    const config = { network: [{ mode: 'user' }] };
    await prepare({ seed: 'alice' }, { config });
    const macs = () => world.api.registered.get('default/web/group/vm/2')?.mac_addresses;
    expect(macs()).toEqual([]);
    await prepare({ seed: 'alice', delivery: 'disk' }, { config });
    expect(macs()).toEqual(['52:54:00:00:00:01']);
  });

  it('passes on what is wrong with the seed', async () => {
    const finding = { file: 'user-data', line: 3, column: 1, severity: 'warning', message: 'odd' };
    world.api.registration = { findings: [finding] };
    expect((await prepare({ seed: 'alice' }))?.findings?.lines).toEqual([
      'seed: user-data:3:1: warning: odd',
    ]);
  });
});
