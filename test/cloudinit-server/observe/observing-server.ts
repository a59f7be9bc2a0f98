import { readFile } from 'node:fs/promises';
import type { VmReport, VmSummary } from '../../../cloudinit-server/admin/vm-report.ts';
import { createFolderSeedStore } from '../../../cloudinit-server/folder-seed-store.ts';
import { openListener } from '../../../cloudinit-server/open-listener.ts';
import { type MemoryOptions, openMemory } from '../../../cloudinit-server/open-memory.ts';
import { createSeedServer } from '../../../cloudinit-server/server.ts';
import { createRecordingLog, type RecordingLog } from '../fakes/recording-log.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../fakes/temporary-folder.ts';

/** A seed server that observes guests, and its listener for people, on free ports; folders of its own. */
export interface ObservingServer extends AsyncDisposable {
  readonly url: string;
  readonly adminUrl: string;
  /** Holds what people have to show. */
  readonly tokenFile: string;
  readonly log: RecordingLog;
  readonly folder: TemporaryFolder;
  get(path: string, userAgent?: string): Promise<Response>;
  post(path: string, body: string, contentType?: string): Promise<Response>;
  /** What somebody sends who has the token. */
  readonly authorization: Readonly<Record<string, string>>;
  /** As somebody who has the token. */
  admin(path: string, init?: RequestInit): Promise<Response>;
  /** The paths that a guest with this seed reports to. */
  reportPaths(
    seed: string,
  ): Promise<{ readonly events: string; readonly phoneHome: string; readonly token: string }>;
}

/** Starts one. @param seeds names of folders, each with a user-data */
export async function startObservingServer(
  seeds: readonly string[],
  options: Partial<MemoryOptions> = {},
): Promise<ObservingServer> {
  const folder = await createTemporaryFolder();
  const log = createRecordingLog();
  for (const seed of seeds) await folder.write(`seeds/${seed}/user-data`, '#cloud-config\n');
  const store = createFolderSeedStore(`${folder.path}/seeds`);
  const admin = { host: '127.0.0.1', port: 0 };
  const memory = openMemory(
    store,
    { stateDir: `${folder.path}/state`, observing: { reseed: 'once' }, admin, ...options },
    log,
  );
  const server = createSeedServer({
    ...memory,
    log,
    limits: { holdMs: 0 },
  });
  const { port } = await openListener(server, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  const adminUrl = (await memory.admin?.server.listen(admin)) ?? '';
  const tokenFile = memory.admin?.tokenFile ?? '';
  const token = tokenFile === '' ? '' : (await readFile(tokenFile, 'utf8')).trim();
  const authorization = { authorization: `Bearer ${token}` };
  const get = (path: string, userAgent = 'Cloud-Init/22.4.2') =>
    fetch(`${url}${path}`, { headers: { 'user-agent': userAgent } });
  return {
    url,
    adminUrl,
    log,
    folder,
    get,
    post: (path, body, contentType) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        // As bytes it goes without a content type, as cloud-init's webhook does.
        body: Buffer.from(body),
        ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
      }),
    tokenFile,
    authorization,
    admin: (path, init) => fetch(`${adminUrl}${path}`, { headers: authorization, ...init }),
    reportPaths: async seed => {
      const text = await (await get(`/${seed}/vendor-data`, 'curl/8')).text();
      const [events = ''] = /\/-\/events\/[\w-]+/.exec(text) ?? [];
      const [phoneHome = ''] = /\/-\/phone-home\/[\w-]+/.exec(text) ?? [];
      return { events, phoneHome, token: events.split('/').at(-1) ?? '' };
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await memory.admin?.server.close();
      memory[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What people are told of all VMs. */
export async function readVms(server: ObservingServer): Promise<readonly VmSummary[]> {
  // Our own server's answer.
  const answer = (await (await server.admin('/vms')).json()) as { readonly vms: readonly VmSummary[] };
  return answer.vms;
}

/** What people are told of one. @param seed with its slashes encoded */
export async function readVm(server: ObservingServer, seed: string): Promise<VmReport> {
  // Our own server's answer.
  return (await (await server.admin(`/vms/${seed}`)).json()) as VmReport;
}

/** Lets a recorded guest boot from the seed, request by request. */
export async function replayBoot(
  server: ObservingServer,
  seed: string,
  requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly body?: string;
    readonly userAgent?: string;
  }[],
): Promise<readonly number[]> {
  const { events, phoneHome } = await server.reportPaths(seed);
  const statuses: number[] = [];
  for (const { method, path, body = '', userAgent } of requests) {
    if (method === 'GET') statuses.push((await server.get(`/${seed}/${path}`, userAgent)).status);
    else if (path === 'events') statuses.push((await server.post(events, body)).status);
    else statuses.push((await server.post(phoneHome, body, 'application/x-www-form-urlencoded')).status);
  }
  return statuses;
}
