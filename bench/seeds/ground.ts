import { cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SEED_FILES } from '../../cloudinit-server/seed-files.ts';
import type { LoadGuest } from './load-order.ts';
import { type OurServer, startOurServer } from './our-server.ts';
import { registerVms } from './register-vms.ts';
import { runLoad } from './run-load.ts';

/** What all servers of a run serve. */
export interface Ground {
  /** A folder for logs and the like. */
  readonly folder: string;
  /** As our server takes them. */
  readonly seeds: string;
  /** What our server answers for the seeds that are booted, as files for the other servers. */
  readonly files: string;
  /** State folders, to be copied: with the VMs that are booted, and with all of them. */
  readonly states: Readonly<Record<KnownVms, string>>;
  /** VMs that boot at once. There are as many again to warm servers up. */
  readonly boots: number;
  /** Where each registered VM finds its seed. */
  readonly registeredPaths: readonly string[];
}

/** What our server remembers before the boots begin: the VMs that will boot, many by their seeds, or many registered. */
export type KnownVms = 'few' | 'many' | 'registered';

/**
 * Writes seeds, and lets our server meet the VMs.
 *
 * @param boots VMs that will boot
 * @param known VMs of which all but those have fetched their seeds before
 */
export async function prepareGround(
  folder: string,
  { boots, known }: { readonly boots: number; readonly known: number },
  signal: AbortSignal,
): Promise<Ground> {
  const seeds = join(folder, 'seeds');
  for (let index = 0; index < known; index += 1) await writeSeed(seeds, index);
  const inFolder = (name: string) => join(folder, name);
  const states = {
    few: inFolder('state-few'),
    many: inFolder('state-many'),
    registered: inFolder('state-registered'),
  };
  const ground = { folder, seeds, files: inFolder('files'), states, boots, registeredPaths: [] };
  await withServer(ground, ground.states.few, signal, server => copyAnswers(server, ground, signal));
  await cp(ground.states.few, ground.states.many, { recursive: true });
  await withServer(ground, ground.states.many, signal, async server => {
    await runLoad(server.port, buildGuests(2 * boots, known, 'fetch'), signal);
  });
  const registeredPaths = await withServer(ground, states.registered, signal, server =>
    registerVms(
      server,
      Array.from({ length: known }, (_, index) => nameSeed(index)),
      signal,
    ),
  );
  return { ...ground, registeredPaths };
}

/**
 * Guests for the seeds from one number to another.
 *
 * @param paths where registered ones find their seeds
 */
export function buildGuests(
  from: number,
  to: number,
  pace: LoadGuest['pace'],
  paths: readonly string[] = [],
): readonly LoadGuest[] {
  return Array.from({ length: to - from }, (_, place) => {
    const index = from + place;
    return {
      seedPath: paths[index] ?? `/${nameSeed(index)}/`,
      recording: index,
      from: `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      beginAfterMs: place * BEGIN_EVERY_MS[pace](to - from),
      pace,
    };
  });
}

/** As an editor saves: the new file moves over the old one. */
export async function editSeed(seeds: string, index: number, mark: string): Promise<void> {
  const path = join(seeds, nameSeed(index), 'user-data');
  await writeFile(`${path}.new`, renderUserData(index, mark));
  await rename(`${path}.new`, path);
}

/** How long after one guest the next one begins, by the number of guests. */
const BEGIN_EVERY_MS: Readonly<Record<LoadGuest['pace'], (guests: number) => number>> = {
  burst: () => 0,
  // A power cut is over: all are switched on within a second.
  paced: guests => 1000 / guests,
  // Each new VM is a dozen rows; what comes faster waits until it is refused.
  fetch: () => 6,
};

async function writeSeed(seeds: string, index: number): Promise<void> {
  const folder = join(seeds, nameSeed(index));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'user-data'), renderUserData(index, 'first'));
}

function nameSeed(index: number): string {
  return `vm${String(index).padStart(5, '0')}`;
}

/** A kilobyte, as people's are. */
function renderUserData(index: number, mark: string): string {
  const keys = Array.from(
    { length: 4 },
    (_, key) => `      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${String(key).repeat(43)} admin${key}@example`,
  );
  return `#cloud-config
# ${mark}
hostname: ${nameSeed(index)}
users:
  - default
  - name: user${index}
    groups: [sudo]
    shell: /bin/bash
    sudo: ALL=(ALL) NOPASSWD:ALL
    ssh_authorized_keys:
${keys.join('\n')}
packages: [htop, git, tmux]
write_files:
  - path: /etc/motd
    permissions: "0644"
    content: |
      This machine belongs to user${index}.
runcmd:
  - [systemctl, restart, ssh]
`;
}

async function withServer<T>(
  { seeds }: Ground,
  state: string,
  signal: AbortSignal,
  work: (server: OurServer) => Promise<T>,
): Promise<T> {
  await using server = await startOurServer({ seeds, state, logFile: `${state}.log` }, signal);
  const result = await work(server);
  await server.stop();
  return result;
}

/** As a person's request: it counts as no boot, but the VM then has its token. */
async function copyAnswers(server: OurServer, { boots, files }: Ground, signal: AbortSignal): Promise<void> {
  for (let index = 0; index < 2 * boots; index += 1) {
    const seed = nameSeed(index);
    await mkdir(join(files, seed), { recursive: true });
    for (const file of SEED_FILES) {
      const answer = await fetch(`http://127.0.0.1:${server.port}/${seed}/${file}`, { signal });
      await writeFile(join(files, seed, file), await answer.bytes());
    }
  }
}
