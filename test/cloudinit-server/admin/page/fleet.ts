import { readFileSync } from 'node:fs';
import type { Observation } from '../../../../cloudinit-server/boot/observation.ts';
import type { PhoneHome } from '../../../../cloudinit-server/boot/parse-phone-home.ts';
import { createDriversApi, type DriversApi } from '../../../../cloudinit-server/client/drivers-api.ts';
import { createFolderSeedStore } from '../../../../cloudinit-server/folder-seed-store.ts';
import { formatListenAddress } from '../../../../cloudinit-server/listen-address.ts';
import { openListener } from '../../../../cloudinit-server/open-listener.ts';
import { openMemory } from '../../../../cloudinit-server/open-memory.ts';
import { buildSeedKey, buildVmKey } from '../../../../cloudinit-server/render/vm-facts.ts';
import { checkLayer } from '../../../../cloudinit-server/seed-check/check-layer.ts';
import type { SeedFile } from '../../../../cloudinit-server/seed-files.ts';
import { createSeedServer } from '../../../../cloudinit-server/server.ts';
import { createRecordingLog } from '../../fakes/recording-log.ts';
import { createTemporaryFolder } from '../../fakes/temporary-folder.ts';

/** VMs as guests and drivers made them, and the server for people that tells of them. */
export interface Fleet extends AsyncDisposable {
  readonly url: string;
  /** What people have to show. */
  readonly token: string;
  get(path: string): Promise<Response>;
  /** Writes a file of a seed and checks it, as the server does at each save. */
  write(seed: string, file: SeedFile, text: string): Promise<void>;
  /** Lets a guest fetch a file. */
  serve(seed: string, file: SeedFile): Promise<void>;
  /** What drivers use. */
  readonly drivers: DriversApi;
  /** Lets a guest be seen. @param name the VM's identity, or its seed; @param agoS seconds before now */
  see(name: string, seen: readonly Observation[], agoS?: number): Promise<void>;
  /** Lets a guest tell its host keys. */
  phoneHome(name: string, told: PhoneHome, address: string): Promise<void>;
}

const LISTEN = { host: '127.0.0.1', port: 0 };

/** Starts one without VMs. */
export async function startFleet(): Promise<Fleet> {
  const folder = await createTemporaryFolder();
  const store = createFolderSeedStore(await folder.folder('seeds'));
  const log = createRecordingLog();
  const memory = openMemory(
    store,
    {
      stateDir: `${folder.path}/state`,
      observing: { reseed: 'once' },
      admin: LISTEN,
      drivers: { listen: LISTEN, tokenFile: `${folder.path}/drivers-token` },
    },
    log,
  );
  const observer = memory.observing?.observer;
  const { admin, drivers } = memory;
  if (observer === undefined || admin === undefined || drivers === undefined) throw new Error('no servers');
  const url = await admin.server.listen(LISTEN);
  const seeds = createSeedServer({ ...memory, log, limits: { holdMs: 0 } });
  const seedsUrl = `http://${formatListenAddress(await openListener(seeds, LISTEN))}`;
  const driversUrl = await drivers.server.listen(LISTEN);
  const token = readToken(admin.tokenFile);
  const findVm = (name: string) => observer.findVm(buildVmKey(name)) ?? observer.ensureVm(buildSeedKey(name));
  return {
    url,
    token,
    get: path => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } }),
    write: async (seed, file, text) => {
      await folder.write(`seeds/${seed}/${file}`, text);
      const layer = await store.findSeed(seed);
      const checked = layer && (await checkLayer(layer, undefined, { store, guestVersion: undefined }));
      memory.seedFindings.set(seed, checked?.findings ?? []);
    },
    serve: async (seed, file) => {
      const headers = { 'user-agent': 'Cloud-Init/25.1.4' };
      const answer = await fetch(`${seedsUrl}/${seed}/${file}`, { headers });
      if (!answer.ok) throw new Error(`not served: ${answer.status}`);
    },
    drivers: createDriversApi({ url: driversUrl, token: readToken(drivers.tokenFile) }),
    see: async (name, seen, agoS = 0) => {
      const vm = findVm(name);
      const shift = Date.now() - agoS * 1000 - (seen[0]?.at ?? 0);
      await Promise.all(seen.map(one => observer.record(vm, { ...one, at: one.at + shift })));
    },
    phoneHome: (name, told, address) => observer.recordPhoneHome(findVm(name), told, address),
    [Symbol.asyncDispose]: async () => {
      await seeds.close();
      await admin.server.close();
      await drivers.server.close();
      memory[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function readToken(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
