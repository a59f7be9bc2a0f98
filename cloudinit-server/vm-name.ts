import type { LogFields } from './server-log.ts';

/** What people call a VM on record: by the path of its seed, or by its identity where a driver has registered it. */
export function readVmName(key: string): string {
  return key.replace(/^(?:seed|vm):/, '');
}

/** Whether a driver has registered the VM of this key. */
export function isRegisteredKey(key: string): boolean {
  return key.startsWith('vm:');
}

/** A VM's name as a field of the log, which says which of the two it is. */
export function describeVm(key: string): LogFields {
  return isRegisteredKey(key) ? { vm: readVmName(key) } : { seed: readVmName(key) };
}
