import { type Boot, hasReached, readStage } from '../boot/boot.ts';
import type { HostKey } from '../boot/host-key.ts';
import { findHostKeyConflicts } from '../registration/find-host-key-conflicts.ts';

/** What `ssh` needs to reach a VM and to know it, in JSON's names. */
export interface SshTarget {
  readonly name: string;
  readonly address: string;
  /** `ALGORITHM KEY`, as in known_hosts. */
  readonly host_keys: readonly string[];
  /** What whoever connects should know; null: nothing. */
  readonly warning: string | null;
}

/** Whether a VM can be connected to with keys that are known beforehand. `reason` is a clause. */
export type SshPlan =
  | { readonly kind: 'known'; readonly target: SshTarget }
  | { readonly kind: 'refused'; readonly reason: string };

/** What is known of a VM. */
export interface SshFacts {
  readonly name: string;
  /** Its newest. */
  readonly boot: Boot | undefined;
  /** What it has told by phone_home; this and what was printed as `keepCurrentKeys` has it. */
  readonly told: readonly HostKey[];
  /** What its console has printed. */
  readonly printed: readonly HostKey[];
  /** Where its driver sees it. */
  readonly seenAddress: string | undefined;
  /** Whether its driver has taken it off. */
  readonly isGone: boolean;
}

/** Chooses address and host keys. Where console and phone-home differ, the console is right: only the guest writes there. */
export function planSsh({ name, boot, told, printed, seenAddress, isGone }: SshFacts): SshPlan {
  if (isGone) return refuse('its driver has taken it off: its job was stopped');
  const isContradicted = findHostKeyConflicts(told, printed).length > 0;
  const keys = [...printed, ...(isContradicted ? [] : told)];
  if (keys.length === 0) return refuse(describeMissingKeys(name, boot));
  const address = boot?.address ?? seenAddress;
  if (address === undefined) return refuse('no address of it is known');
  const host_keys = [...new Set(keys.map(({ algorithm, key }) => `${algorithm} ${key}`))];
  return {
    kind: 'known',
    target: { name, address, host_keys, warning: isContradicted ? CONTRADICTED : null },
  };
}

const CONTRADICTED =
  'it has told other host keys than its console has printed, so those of the console are believed alone: somebody reports in its name, or its keys were made anew since';

function describeMissingKeys(name: string, boot: Boot | undefined): string {
  if (boot === undefined)
    return 'nothing was heard of it yet, so its host keys are not known; see that its job runs';
  if (hasReached(boot, 'ready')) {
    return 'its boot has ended and it told no host keys: its user-data has a phone_home of its own, it was not asked to, or its first boot was seen by another server';
  }
  return `it is not ready: its boot is at "${readStage(boot)}", and it tells its host keys at the end; wait with "nomad-vm wait ${name}"`;
}

function refuse(reason: string): SshPlan {
  return { kind: 'refused', reason };
}
