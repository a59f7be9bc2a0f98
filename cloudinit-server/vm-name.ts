import type { LogFields } from './server-log.ts';

/** What people call a VM on record: by the path of its seed, or by its identity where a driver has registered it. */
export function readVmName(key: string): string {
  return key.replace(/^(?:seed|vm):/, '');
}

/** The same as a field of the log, which says which of the two it is. */
export function describeVm(key: string): LogFields {
  return key.startsWith('vm:') ? { vm: readVmName(key) } : { seed: readVmName(key) };
}
