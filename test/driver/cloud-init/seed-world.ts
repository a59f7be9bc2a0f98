import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import type { RegistrationRequest } from '../../../cloudinit-server/client.ts';
import { SYSTEM_CLOCK } from '../../../driver/address/clock.ts';
import { keepRegistration } from '../../../driver/cloud-init/keep-registration.ts';
import type { RegisteredVm } from '../../../driver/cloud-init/registered-vm.ts';
import { SeedService } from '../../../driver/cloud-init/seed-service.ts';
import type { RunningRecord, TaskRecord } from '../../../driver/task-record.ts';
import type { StopCause } from '../../../driver/task-state.ts';
import { TICKS_PER_SECOND } from '../../../qemu/process-identity.ts';
import { buildVmFiles } from '../../../qemu/vm-files.ts';
import { FakeDriversApi } from '../../fakes/drivers-api-server.ts';

export const MAC = '52:54:00:00:00:01';
export const ALLOC = 'alloc-1';

/** How a test's VMs are registered. */
export const REQUEST: RegistrationRequest = {
  seed: 'alice',
  files: { 'user-data': '#cloud-config\n' },
  mac_addresses: [MAC],
  uuid: '00000000-0000-0000-0000-000000000001',
  namespace: 'default',
  job: 'a',
  group: 'vm',
  task: 'vm',
  index: 0,
  alloc_id: ALLOC,
  node: 'node1',
  instance_id: 'stable',
  delivery: 'http',
  guest_url: 'http://10.0.0.1:8000/',
};

/** A node with a seed server: plugins come and go, what they have on disk stays. */
export class SeedWorld implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'seed-world-'));
  readonly tokenFile = join(this.root, 'token');
  readonly records: TaskRecord[] = [];
  readonly logged: string[] = [];
  readonly api: FakeDriversApi;
  readonly #services: SeedService[] = [];

  private constructor(api: FakeDriversApi) {
    this.api = api;
    writeFileSync(this.tokenFile, `${api.token}\n`);
  }

  static async create(): Promise<SeedWorld> {
    return new SeedWorld(await FakeDriversApi.listen());
  }

  /** What one plugin process has. It rests for no more than some milliseconds. */
  openService(): SeedService {
    const service = new SeedService({
      api: { url: this.api.url, tokenFile: this.tokenFile, caFile: undefined },
      owner: 'vm',
      stateDir: this.root,
      listRecords: () => this.records,
      log: (_level, message) => this.logged.push(message),
      clock: { ...SYSTEM_CLOCK, wait: (ms, signal) => SYSTEM_CLOCK.wait(Math.min(ms, 5), signal) },
    });
    this.#services.push(service);
    return service;
  }

  createGuest(identity: string, allocId = ALLOC, mustFinishWithinMs?: number): SeedGuest {
    const guest = new SeedGuest(this.root, identity, allocId, mustFinishWithinMs);
    this.records.push(guest.record);
    return guest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services) await service.close();
    await this.api[Symbol.asyncDispose]();
    rmSync(this.root, { recursive: true });
  }
}

/** A VM's task, and all that it was told. */
export class SeedGuest {
  /** A line in brackets is in the account alone. */
  readonly said: string[] = [];
  readonly heard: (string | null)[][] = [];
  readonly failures: StopCause[] = [];
  readonly record: RunningRecord;

  constructor(root: string, identity: string, allocId: string, mustFinishWithinMs: number | undefined) {
    const roots = { stateRoot: join(root, 'state'), runRoot: join(root, 'run') };
    const files = buildVmFiles(roots, identity.replace('/', '-'));
    mkdirSync(files.stateDir, { recursive: true });
    // Its age is all that anybody looks at.
    const process = { pid: 1, bootId: '', startTicks: Math.round(uptime() * TICKS_PER_SECOND) };
    this.record = {
      version: 1,
      owner: 'vm',
      taskId: allocId,
      allocId,
      taskName: 'vm',
      allocDir: '/',
      hasLog: false,
      identity,
      macAddresses: [MAC],
      registration: { node: 'node1', ...(mustFinishWithinMs === undefined ? {} : { mustFinishWithinMs }) },
      files,
      isGraceful: true,
      hasGuestAgent: true,
      onGuestPoweroff: 'exit',
      stage: {
        tag: 'running',
        wrapper: process,
        qemu: process,
        // The node's clock was set since.
        startedAt: new Date(0).toISOString(),
        phase: { tag: 'on' },
      },
    };
  }

  /** As a plugin starts it. */
  async start(service: SeedService): Promise<RegisteredVm> {
    const { identity, allocId } = this.record;
    const request = { ...REQUEST, alloc_id: allocId };
    const registered = await service.register(identity, request, refuse, AbortSignal.timeout(10_000));
    if (registered === undefined) throw new Error('it was not registered');
    keepRegistration(this.record.files, { request, cursor: registered.cursor });
    await service.confirm(this.record);
    return this.attach(service);
  }

  /** As a plugin finds it again. */
  attach(service: SeedService): RegisteredVm {
    return service.attach({
      record: this.record,
      registration: this.record.registration ?? { node: '' },
      voice: {
        announce: message => this.said.push(message),
        note: message => this.said.push(`[${message}]`),
      },
      hearAddress: (...heard) => this.heard.push(heard),
      fail: cause => this.failures.push(cause),
    });
  }
}

function refuse(path: string, message: string): void {
  throw new Error(`${path}: ${message}`);
}
