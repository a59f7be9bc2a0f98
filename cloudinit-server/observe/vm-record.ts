import type { SerialAuthor } from '../boot/diagnose-boot.ts';
import { buildSeedKey, buildVmKey } from '../render/vm-facts.ts';
import type { RecordedBoot } from '../state/boot-table.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import type { ServerState } from '../state/state.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { readVmName } from '../vm-name.ts';
import type { Observer } from './observer.ts';

/** A VM on record as it stands. */
export interface VmRecord {
  readonly vm: KnownVm;
  /** Undefined for a VM that is known by its seed alone. */
  readonly registered: RegisteredVm | undefined;
  /** Its newest boot; of a registered VM only one of the allocation that it belongs to now. */
  readonly newest: RecordedBoot | undefined;
  /** Whether it would have been noted that it did anything. */
  readonly isObserved: boolean;
  /** Version of the cloud-init that it was last seen with. */
  readonly cloudInit: string | undefined;
}

/** The seed of a VM; undefined when all its files came with its registration. */
export function readSeedPath({ vm, registered }: VmRecord): string | undefined {
  return registered === undefined ? readVmName(vm.key) : registered.facts.seedPath;
}

/** Registered VMs have their serial from their driver, with the URL that it was given. */
export function readSerialAuthor({ registered }: Pick<VmRecord, 'registered'>): SerialAuthor {
  return registered === undefined ? 'unknown' : 'driver';
}

/** Where VMs are looked up. */
export interface VmRecordOptions {
  readonly observer: Observer;
  readonly state: Pick<ServerState, 'registrations'>;
}

/** The VM that people call so: by its identity where a driver has registered it, else by the path of its seed. */
export function findVmByName(name: string, options: VmRecordOptions): VmRecord | undefined {
  const { observer } = options;
  for (const key of [buildVmKey(name), buildSeedKey(name)]) {
    const vm = observer.findVm(key);
    const record = vm && readVmRecord(vm, options);
    if (record !== undefined) return record;
  }
  return undefined;
}

/** What is on record of a VM; undefined when its registration was not completed. */
export function readVmRecord(vm: KnownVm, { observer, state }: VmRecordOptions): VmRecord | undefined {
  const newest = observer.newestBoot(vm);
  const seen = { vm, isObserved: observer.isObserving, cloudInit: observer.lastCloudInit(vm) };
  if (!vm.key.startsWith('vm:')) return { ...seen, registered: undefined, newest };
  const registered = state.registrations.find(vm.id);
  if (registered === undefined) return undefined;
  const isOfBefore = newest !== undefined && newest.boot.beganAt < registered.registeredAt;
  return { ...seen, registered, newest: isOfBefore ? undefined : newest };
}

/** Calls back at every change of a VM that people call so, be it known yet or not, until the signal is aborted. */
export function followVmByName(
  name: string,
  observer: Observer,
  signal: AbortSignal,
  callback: () => void,
): void {
  for (const key of [buildVmKey(name), buildSeedKey(name)]) observer.onChange(key, signal, callback);
}
