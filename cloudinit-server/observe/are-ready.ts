import { listFailures, readStage } from '../boot/boot.ts';
import type { VmRecord } from './vm-record.ts';

/** Whether there is a VM, and the newest boot of each has ended without a step that failed. */
export function areReady(records: readonly VmRecord[]): boolean {
  return records.length > 0 && records.every(isReady);
}

function isReady({ registered, newest }: VmRecord): boolean {
  if (registered?.goneAt !== undefined || newest === undefined) return false;
  return readStage(newest.boot) === 'ready' && listFailures(newest.boot).length === 0;
}
