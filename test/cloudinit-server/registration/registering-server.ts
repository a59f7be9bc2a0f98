import { readFile } from 'node:fs/promises';
import type { VmReport } from '../../../cloudinit-server/admin/vm-report.ts';
import { createDriversApi, type DriversApi } from '../../../cloudinit-server/client/drivers-api.ts';
import type { RegistrationRequest } from '../../../cloudinit-server/client/drivers-api-types.ts';
import type { MemoryOptions } from '../../../cloudinit-server/open-memory.ts';
import { startSeedServer } from '../../../cloudinit-server/start-seed-server.ts';
import { readRecordedBoot } from '../boot/recorded-boot.ts';
import { createRecordingLog, type RecordingLog } from '../fakes/recording-log.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../fakes/temporary-folder.ts';

export const { signal: LIFE } = new AbortController();

export const IDENTITY = 'default/web/vm/vm/0';
export const ALLOC = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
export const MAC = '52:54:00:12:34:56';

/** What a driver tells of an ordinary VM. */
export const REQUEST: RegistrationRequest = {
  seed: 'alice',
  files: {},
  mac_addresses: [MAC],
  uuid: '7c1f9f3a-1111-8222-8333-444444444444',
  namespace: 'default',
  job: 'web',
  group: 'vm',
  task: 'vm',
  index: 0,
  alloc_id: ALLOC,
  node: 'node-1',
  instance_id: 'stable',
  delivery: 'http',
  guest_url: 'http://seeds.example.org:8000',
};

/** A whole server with its three listeners on free ports, as `nomad-vm serve` starts it. */
export interface RegisteringServer {
  readonly url: string;
  readonly driversUrl: string;
  readonly adminUrl: string;
  readonly token: string;
  readonly api: DriversApi;
  readonly log: RecordingLog;
  get(path: string, userAgent?: string): Promise<Response>;
  post(path: string, body: string): Promise<Response>;
  admin(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

/** Starts one on the folders `seeds` and `state` of a folder. */
export async function startRegisteringServer(
  folder: TemporaryFolder,
  options: Partial<MemoryOptions> = {},
): Promise<RegisteringServer> {
  const stop = new AbortController();
  const log = createRecordingLog();
  const listen = { host: '127.0.0.1', port: 0 };
  const stateDir = `${folder.path}/state`;
  const tokenFile = `${stateDir}/drivers-token`;
  const server = await startSeedServer({
    seedsDir: `${folder.path}/seeds`,
    listen,
    log,
    signal: stop.signal,
    limits: { holdMs: 0, closeTimeoutMs: 500 },
    memory: {
      stateDir,
      observing: { reseed: 'once' },
      admin: listen,
      drivers: { listen, tokenFile },
      ...options,
    },
  });
  const url = `http://127.0.0.1:${server.address.port}`;
  const driversUrl = `http://127.0.0.1:${server.driversAddress?.port}`;
  const adminUrl = `http://127.0.0.1:${server.adminAddress?.port}`;
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const adminToken = (await readFile(`${stateDir}/admin-token`, 'utf8')).trim();
  return {
    url,
    driversUrl,
    adminUrl,
    token,
    api: createDriversApi({ url: driversUrl, token }),
    log,
    get: (path, userAgent = 'Cloud-Init/22.4.2') =>
      fetch(`${url}${path}`, { headers: { 'user-agent': userAgent } }),
    post: (path, body) => fetch(`${url}${path}`, { method: 'POST', body: Buffer.from(body) }),
    admin: (path, init) =>
      fetch(`${adminUrl}${path}`, {
        headers: { authorization: `Bearer ${adminToken}` },
        ...init,
      }),
    stop: async () => {
      stop.abort();
      await server.closed;
    },
  };
}

/** Runs a test against a server of its own with the seed `alice`. */
export async function withServer(
  test: (server: RegisteringServer, folder: TemporaryFolder) => Promise<void>,
  options: Partial<MemoryOptions> = {},
): Promise<void> {
  await using folder = await createTemporaryFolder();
  await folder.write('seeds/alice/user-data', '#cloud-config\npackages: [vim]\n');
  const server = await startRegisteringServer(folder, options);
  try {
    await test(server, folder);
  } finally {
    await server.stop();
  }
}

/** Registers a VM; fails the test when the server does not want it. */
export async function register(
  server: RegisteringServer,
  request: Partial<RegistrationRequest> = {},
  identity: string = IDENTITY,
) {
  const result = await server.api.register(identity, { ...REQUEST, ...request }, LIFE);
  if (result.kind !== 'registered') throw new Error(`not registered: ${JSON.stringify(result)}`);
  return result.registration;
}

/** The paths that a guest reports to, from its vendor-data. */
export async function readReportPaths(server: RegisteringServer, seedPath: string) {
  const text = await (await server.get(`${seedPath}vendor-data`, 'curl/8')).text();
  return {
    events: /\/-\/events\/[\w-]+/.exec(text)?.[0] ?? '',
    phoneHome: /\/-\/phone-home\/[\w-]+/.exec(text)?.[0] ?? '',
  };
}

/** Lets a recorded guest boot from a registered seed, request by request; its statuses. */
export async function bootRegistered(
  server: RegisteringServer,
  seedPath: string,
  recording: Parameters<typeof readRecordedBoot>[0] = 'bookworm-22.4.2',
): Promise<readonly number[]> {
  const { events, phoneHome } = await readReportPaths(server, seedPath);
  const statuses: number[] = [];
  for (const { method, path, body = '', userAgent } of readRecordedBoot(recording)) {
    if (method === 'GET') statuses.push((await server.get(`${seedPath}${path}`, userAgent)).status);
    else statuses.push((await server.post(path === 'events' ? events : phoneHome, body)).status);
  }
  return statuses;
}

/** What people are told of a registered VM. */
export async function readReport(server: RegisteringServer, identity: string = IDENTITY): Promise<VmReport> {
  // Our own server's answer.
  return (await (await server.admin(`/vms/${encodeURIComponent(identity)}`)).json()) as VmReport;
}
