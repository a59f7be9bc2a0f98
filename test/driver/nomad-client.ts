import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type Client,
  type ClientReadableStream,
  credentials,
  makeGenericClientConstructor,
} from '@grpc/grpc-js';
import { encode } from '@msgpack/msgpack';
import { MAGIC_COOKIE_NAME, MAGIC_COOKIE_VALUE } from '../../driver/handshake.ts';
import { BasePlugin, Driver, GrpcController, GrpcStdio, Health } from '../../proto/services.ts';
import { findProcesses } from '../../qemu/leftover-processes.ts';
import { signalProcess } from '../../qemu/process-identity.ts';

const MAIN = join(import.meta.dirname, '../../main.ts');
const SERVICES = { BasePlugin, Driver, GrpcController, GrpcStdio, Health };
type ServiceName = keyof typeof SERVICES;

/** Plays the part of Nomad's agent: starts the plugin as the agent does and talks to it on the wire. */
export class NomadClient implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly handshake: string;
  readonly dir: string;
  /** What the plugin has written to its log so far. */
  readonly logLines: string[] = [];
  readonly #clients: Readonly<Record<ServiceName, Client>>;

  constructor(process: ChildProcess, handshake: string, dir: string) {
    this.process = process;
    this.handshake = handshake;
    this.dir = dir;
    const address = `unix:${handshake.split('|')[3]}`;
    const connect = (name: ServiceName) =>
      new (makeGenericClientConstructor(SERVICES[name], name))(address, credentials.createInsecure());
    this.#clients = {
      BasePlugin: connect('BasePlugin'),
      Driver: connect('Driver'),
      GrpcController: connect('GrpcController'),
      GrpcStdio: connect('GrpcStdio'),
      Health: connect('Health'),
    };
  }

  /** One request, one answer; rejects with the gRPC error. */
  call(service: ServiceName, method: string, request: object): Promise<Record<string, unknown>> {
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const rpc = SERVICES[service][method];
    if (rpc === undefined) throw new RangeError(`no ${service}/${method}`);
    this.#clients[service].makeUnaryRequest(
      rpc.path,
      rpc.requestSerialize,
      rpc.responseDeserialize,
      request,
      (error, reply) => (error ? reject(error) : resolve(reply as Record<string, unknown>)),
    );
    return promise;
  }

  stream(
    service: ServiceName,
    method: string,
    request: object,
  ): ClientReadableStream<Record<string, unknown>> {
    const rpc = SERVICES[service][method];
    if (rpc === undefined) throw new RangeError(`no ${service}/${method}`);
    const stream = this.#clients[service].makeServerStreamRequest(
      rpc.path,
      rpc.requestSerialize,
      rpc.responseDeserialize,
      request,
    );
    return stream as ClientReadableStream<Record<string, unknown>>;
  }

  /** Hands over the plugin's config as the agent encodes it. */
  configure(config: object): Promise<object> {
    return this.call('BasePlugin', 'SetConfig', { msgpack_config: Buffer.from(encode(config)) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of Object.values(this.#clients)) client.close();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    // The VMs outlive the plugin, as they should; not the test.
    for (const identity of findProcesses(`${this.dir}/`)) signalProcess(identity, 'SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Starts the plugin from its sources, under the name that chooses which driver it is. */
export async function startPlugin(personality: 'vm' | 'qemu' = 'vm'): Promise<NomadClient> {
  const dir = await mkdtemp(join(tmpdir(), 'nomad-driver-vm-test-'));
  const child = spawn(process.execPath, [MAIN], {
    argv0: personality,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      TMPDIR: dir,
      [MAGIC_COOKIE_NAME]: MAGIC_COOKIE_VALUE,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr: string[] = [];
  createInterface(child.stderr).on('line', line => stderr.push(line));
  const lines = createInterface(child.stdout);
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  if (typeof first[0] !== 'string') throw new Error(`plugin ended with ${first[0]}: ${stderr.join('\n')}`);
  const client = new NomadClient(child, first[0], dir);
  client.logLines.push(...stderr);
  createInterface(child.stderr).on('line', line => client.logLines.push(line));
  return client;
}

/** A StartTask request as an agent would send it, for the given `config` block. */
export function startRequest(dir: string, config: object, changes: object = {}): { readonly task: object } {
  return {
    task: {
      id: '11111111-2222-3333-4444-555555555555/vm/0123abcd',
      name: 'vm',
      msgpack_driver_config: Buffer.from(encode(config)),
      env: { NOMAD_ALLOC_INDEX: '0' },
      resources: {
        allocated_resources: { cpu: { cpu_shares: 1000 }, memory: { memory_mb: 256 } },
        linux_resources: {},
      },
      alloc_dir: dir,
      stdout_path: '/dev/null',
      stderr_path: '/dev/null',
      task_group_name: 'vm',
      job_name: 'job',
      job_id: 'job',
      alloc_id: '11111111-2222-3333-4444-555555555555',
      namespace: 'default',
      ...changes,
    },
  };
}
