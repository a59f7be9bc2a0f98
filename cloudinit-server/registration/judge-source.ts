import type { BindMacPolicy } from './policies.ts';

/** Where a request came from. */
export type SourceVerdict =
  /** `macAddress`: of the VM's NIC that it came from; undefined: the neighbour table does not say. */
  | { readonly kind: 'accepted'; readonly macAddress: string | undefined }
  | { readonly kind: 'refused'; readonly macAddress: string | undefined };

/**
 * Judges the source of a request for a VM's seed.
 *
 * @param seen MAC addresses that the neighbour table has for the source
 * @param registered those of the VM; a VM without any cannot be bound
 */
export function judgeSource(
  policy: BindMacPolicy,
  seen: readonly string[],
  registered: readonly string[],
): SourceVerdict {
  const own = seen.find(mac => registered.includes(mac));
  if (own !== undefined || policy === 'off') return { kind: 'accepted', macAddress: own };
  const [other] = seen;
  const isUnknown = other === undefined || registered.length === 0;
  if (policy === 'when-seen' && isUnknown) return { kind: 'accepted', macAddress: undefined };
  return { kind: 'refused', macAddress: other };
}
