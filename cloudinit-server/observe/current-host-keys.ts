import { type Boot, hasReached } from '../boot/boot.ts';
import type { VmRecord } from './vm-record.ts';

/**
 * Of host keys that were seen of a VM, those that it has as it runs. A guest that takes its user-data may be setting itself
 * up anew, on another disk or as another instance: until its boot ends, only what was seen since then counts. One that
 * remembers its seed takes none, so it keeps its keys, whatever allocation it is in.
 */
export function keepCurrentKeys<Key extends { readonly seenAt: number }>(
  keys: readonly Key[],
  { registered, newest }: Pick<VmRecord, 'registered' | 'newest'>,
): readonly Key[] {
  // An allocation that nothing was heard of yet: nobody knows what its disk is.
  if (newest === undefined) return keepSince(keys, registered?.registeredAt ?? 0);
  return maySetUpAnew(newest.boot) ? keepSince(keys, newest.boot.beganAt) : keys;
}

function maySetUpAnew(boot: Boot): boolean {
  return boot.files.some(({ file }) => file === 'user-data') && !hasReached(boot, 'ready');
}

function keepSince<Key extends { readonly seenAt: number }>(keys: readonly Key[], since: number) {
  return keys.filter(({ seenAt }) => seenAt >= since);
}
