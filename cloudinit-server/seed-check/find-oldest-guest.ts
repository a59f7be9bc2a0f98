import type { Observer } from '../observe/observer.ts';
import { compareVersions } from '../validate/schema/compare-versions.ts';

/**
 * The oldest cloud-init among VMs, as they were last seen: what it takes, all of them take.
 *
 * @param keys of VMs on record
 * @returns undefined when nothing was seen of any
 */
export function findOldestGuest(
  observer: Pick<Observer, 'findVm' | 'lastCloudInit'>,
  keys: readonly string[],
): string | undefined {
  const versions = keys.flatMap(key => {
    const vm = observer.findVm(key);
    return (vm && observer.lastCloudInit(vm)) ?? [];
  });
  return versions.toSorted(compareVersions)[0];
}
