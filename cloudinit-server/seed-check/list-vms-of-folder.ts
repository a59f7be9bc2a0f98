import { buildSeedKey } from '../render/vm-facts.ts';
import { isDefaultsPath, listDefaultsPaths } from '../seed-path.ts';
import type { ServerState } from '../state/state.ts';

/** Names of the VMs on record that get the files of a folder: the path of their seed, or their identity. */
export function listVmsOfFolder(
  { vms, registrations }: Pick<ServerState, 'vms' | 'registrations'>,
  path: string,
): readonly string[] {
  if (!isDefaultsPath(path)) {
    const known = vms.find(buildSeedKey(path)) === undefined ? [] : [path];
    return [...known, ...registrations.listBySeed(path).map(({ facts }) => facts.identity)];
  }
  const isBelow = (seedPath: string | undefined) => listDefaultsPaths(seedPath).includes(path);
  const seedPaths = [...vms.list()].flatMap(({ key }) => /^seed:(.*)$/s.exec(key)?.[1] ?? []);
  const registered = registrations.listSince(0).filter(({ facts }) => isBelow(facts.seedPath));
  return [...seedPaths.filter(isBelow), ...registered.map(({ facts }) => facts.identity)];
}
