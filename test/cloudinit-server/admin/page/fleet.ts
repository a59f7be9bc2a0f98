import { readFileSync } from 'node:fs';
import type { Observation } from '../../../../cloudinit-server/boot/observation.ts';
import { parsePhoneHome } from '../../../../cloudinit-server/boot/parse-phone-home.ts';
import { createFolderSeedStore } from '../../../../cloudinit-server/folder-seed-store.ts';
import { openMemory } from '../../../../cloudinit-server/open-memory.ts';
import { buildSeedKey } from '../../../../cloudinit-server/render/vm-facts.ts';
import { checkLayer } from '../../../../cloudinit-server/seed-check/check-layer.ts';
import type { SeedFile } from '../../../../cloudinit-server/seed-files.ts';
import { observeRecordedBoot, RECORDED_BOOTS, readRecordedBoot } from '../../boot/recorded-boot.ts';
import { createRecordingLog } from '../../fakes/recording-log.ts';
import { createTemporaryFolder } from '../../fakes/temporary-folder.ts';

/** Some VMs in every state, as recorded guests made them, and the server for people that tells of them. */
export interface Fleet extends AsyncDisposable {
  readonly url: string;
  /** What people have to show. */
  readonly token: string;
  get(path: string): Promise<Response>;
  /** Writes a file of a seed and checks it, as the server does at each save. */
  write(seed: string, file: SeedFile, text: string): Promise<void>;
  /** Lets a guest be seen. @param agoS seconds before now */
  see(seed: string, seen: readonly Observation[], agoS?: number): void;
}

/** Starts one without VMs. */
export async function startFleet(): Promise<Fleet> {
  const folder = await createTemporaryFolder();
  const admin = { host: '127.0.0.1', port: 0 };
  const store = createFolderSeedStore(await folder.folder('seeds'));
  const memory = openMemory(
    store,
    { stateDir: `${folder.path}/state`, observing: { reseed: 'once' }, admin },
    createRecordingLog(),
  );
  const observer = memory.observing?.observer;
  const { server, tokenFile = '' } = memory.admin ?? {};
  if (observer === undefined || server === undefined) throw new Error('neither observer nor server');
  const url = await server.listen(admin);
  const token = readFileSync(tokenFile, 'utf8').trim();
  return {
    url,
    token,
    get: path => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } }),
    write: async (seed, file, text) => {
      await folder.write(`seeds/${seed}/${file}`, text);
      const layer = await store.findSeed(seed);
      const checked = layer && (await checkLayer(layer, undefined, undefined));
      memory.seedFindings.set(seed, checked?.findings ?? []);
    },
    see: (seed, seen, agoS = 0) => {
      const vm = observer.ensureVm(buildSeedKey(seed));
      const shift = Date.now() - agoS * 1000 - (seen[0]?.at ?? 0);
      for (const one of seen) observer.record(vm, { ...one, at: one.at + shift });
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      memory[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** An author's mistakes that guests pass over in silence. */
const BROKEN_USER_DATA = `#cloud-config
package_upgrade: yes
packges: [htop]
locale: xx_XX.UTF-8
users:
  - name: bob
    ssh_authorized_keys: ssh-ed25519 AAAA bob@example
`;

/** A VM of each kind that a person meets. */
export async function fillFleet(fleet: Fleet): Promise<void> {
  const [oldGuest, newGuest, otherGuest] = RECORDED_BOOTS.map((name, index) =>
    moveTo(observeRecordedBoot(name), `10.77.0.${20 + index}`),
  );
  if (oldGuest === undefined || newGuest === undefined || otherGuest === undefined)
    throw new Error('no boots');
  fleet.see('lab/alice', newGuest, 3 * 86_400);
  fleet.see('lab/alice', newGuest, 7_300);
  await fleet.write('lab/bob', 'user-data', BROKEN_USER_DATA);
  fleet.see('lab/bob', oldGuest, 5_400);
  fleet.see('lab/carol', newGuest.slice(0, 31), 600);
  fleet.see('lab/dave', oldGuest.slice(0, 3), 240);
  fleet.see('lab/erin', newGuest.slice(0, 22), 4);
  for (const at of [900, 500, 100]) fleet.see('lab/frank', otherGuest.slice(0, 9), at);
  for (let index = 0; index < 24; index += 1) {
    fleet.see(
      `vnode${String(index).padStart(2, '0')}`,
      moveTo(newGuest, `10.77.0.${100 + index}`),
      400 + index,
    );
  }
}

/** The same guest at another address. */
export function moveTo(seen: readonly Observation[], address: string): readonly Observation[] {
  return seen.map(one => ({ ...one, address }));
}

/** The host keys that a recorded guest told. */
export function readHostKeys(name: (typeof RECORDED_BOOTS)[number]) {
  const request = readRecordedBoot(name).find(({ path }) => path.startsWith('phone-home'));
  return parsePhoneHome(request?.body ?? '');
}
