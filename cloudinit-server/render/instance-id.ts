import { createHash } from 'node:crypto';

/** When a VM's generated instance-id changes. */
export const INSTANCE_ID_POLICIES = ['stable', 'content'] as const;

/**
 * `stable`: never by itself, as a changed one gives the guest new host keys. `content`: with what the guest is given,
 * so that it sets itself up anew after an edit. With either, a bump changes it.
 */
export type InstanceIdPolicy = (typeof INSTANCE_ID_POLICIES)[number];

/** A VM's instance-id, and who chose it. */
export interface InstanceId {
  readonly id: string;
  /** `author`: it is in a meta-data, and neither policy nor bumps count. */
  readonly origin: 'generated' | 'author';
}

/** How often each VM's instance-id was bumped, by the VM's key. */
export interface BumpCounts {
  /** 0 for a VM that never was. */
  find(key: string): number;
}

/**
 * The identity of a VM, the same after every restart and on every server: "seed-" or "vm-" and 20 hexadecimal digits.
 *
 * @param key see {@link VmFacts.key}
 */
export function buildStableId(key: string): string {
  const colon = key.indexOf(':');
  const digest = createHash('sha256')
    .update(key.slice(colon + 1))
    .digest('hex');
  return `${key.slice(0, colon)}-${digest.slice(0, 20)}`;
}

/** The generated id after so many bumps: the first makes it end in "-2". */
export function addBumps(id: string, bumps: number): string {
  return bumps === 0 ? id : `${id}-${bumps + 1}`;
}

/**
 * The id of a VM that is to change with what it is given.
 *
 * @param stableId see {@link buildStableId}: no two VMs share an id, however alike they are
 * @param contents of its files, in an order that is always the same
 */
export function buildContentId(stableId: string, contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  // The lengths keep apart what is in one file and what in the next.
  for (const content of contents) hash.update(`${content.length}:`).update(content);
  return `${stableId}-${hash.digest('hex').slice(0, 12)}`;
}
