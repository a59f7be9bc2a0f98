import { buildSeedKey, buildVmKey } from '../render/vm-facts.ts';
import { isDefaultsPath, listDefaultsPaths } from '../seed-path.ts';
import type { ServerState } from '../state/state.ts';

/** Keys of the VMs on record that get the files of a folder. */
export function listVmsOfFolder(
  { vms, registrations }: Pick<ServerState, 'vms' | 'registrations'>,
  path: string,
): readonly string[] {
  if (!isDefaultsPath(path)) {
    const known = vms.find(buildSeedKey(path));
    return [
      ...(known === undefined ? [] : [known.key]),
      ...registrations.listBySeed(path).map(({ facts }) => buildVmKey(facts.identity)),
    ];
  }
  const isBelow = (seedPath: string | undefined) => listDefaultsPaths(seedPath).includes(path);
  const isOfSeedBelow = (key: string) => {
    const seedPath = /^seed:(.*)$/s.exec(key)?.[1];
    return seedPath !== undefined && isBelow(seedPath);
  };
  const keys = [...vms.list()].map(({ key }) => key).filter(isOfSeedBelow);
  const registered = registrations.listSince(0).filter(({ facts }) => isBelow(facts.seedPath));
  return [...keys, ...registered.map(({ facts }) => buildVmKey(facts.identity))];
}
