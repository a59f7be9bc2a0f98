import type { Observer } from '../observe/observer.ts';
import type { RegistrationTable } from '../state/registration-table.ts';

/** Where the version is looked up. */
export interface FindGuestVersionOptions {
  readonly observer: Pick<Observer, 'findVm' | 'lastCloudInit'>;
  readonly registrations: Pick<RegistrationTable, 'find'>;
}

/**
 * The cloud-init that a VM's files are judged by: the one that it was last seen with. Undefined when nothing was seen
 * of it, and for one that has its seed on a disk: it may have been another image that asked by HTTP before.
 */
export function findGuestVersion(
  vmKey: string,
  { observer, registrations }: FindGuestVersionOptions,
): string | undefined {
  const vm = observer.findVm(vmKey);
  const isOnDisk = vm !== undefined && registrations.find(vm.id)?.facts.delivery === 'disk';
  return vm === undefined || isOnDisk ? undefined : observer.lastCloudInit(vm);
}
