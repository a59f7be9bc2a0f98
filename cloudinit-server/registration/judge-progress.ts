import { isIP } from 'node:net';
import type { Boot } from '../boot/boot.ts';
import { diagnoseBoot, type Finding } from '../boot/diagnose-boot.ts';
import type { RegisteredVm } from '../state/registration-table.ts';

/** Whether a registered VM may still get stuck, or is. */
export type Progress =
  /** Its boot has ended, or nothing will be heard of it. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'waiting' }
  /** `since`: when the same would have been told before; ms since the epoch. */
  | { readonly kind: 'stuck'; readonly reason: string; readonly since: number };

/** From its registration until a VM asks for its seed; 55 s were seen without KVM. */
const ASK_MS = 180_000;
/** A boot loop is told once in this time. */
const LOOP_MS = 3600_000;

/** Judges a registered VM. @param newest its newest boot, if any @param now ms since the epoch */
export function judgeProgress(registered: RegisteredVm, newest: Boot | undefined, now: number): Progress {
  if (registered.goneAt !== undefined) return { kind: 'settled' };
  if (newest === undefined || newest.beganAt < registered.registeredAt) return judgeSilent(registered, now);
  const { state, findings } = diagnoseBoot(newest, now, 'driver');
  if (state === 'booting') return { kind: 'waiting' };
  const [worst] = findings;
  if (state !== 'stuck' || worst === undefined) return { kind: 'settled' };
  const since = worst.code === 'reboot-loop' ? now - LOOP_MS : newest.lastAt;
  return { kind: 'stuck', reason: worst.text, since };
}

/** What to say of a VM that was registered and has not asked for its seed; undefined while it has time. */
export function findNeverAsked(registered: RegisteredVm, now: number): Finding | undefined {
  const silentMs = now - registered.registeredAt;
  if (registered.facts.delivery === 'disk' || silentMs <= ASK_MS) return undefined;
  const { guestUrl } = registered.facts;
  const text = `nothing was heard of it for ${Math.round(silentMs / 1000)} s since it was registered: it cannot reach "${guestUrl}"${doubtName(guestUrl)}, its image has no cloud-init, or it is cloud-init 23.4.0 to 23.4.3, which needs delivery = "disk"; look at its console`;
  return { code: 'never-asked', text };
}

/** The host may know names that a guest's DNS server does not, such as those of Consul. */
function doubtName(url: string): string {
  const { hostname } = new URL(url);
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress ? '' : ` (its DNS server may not know "${hostname}"; an address is surer)`;
}

function judgeSilent(registered: RegisteredVm, now: number): Progress {
  if (registered.facts.delivery === 'disk') return { kind: 'settled' };
  const finding = findNeverAsked(registered, now);
  if (finding === undefined) return { kind: 'waiting' };
  return { kind: 'stuck', reason: finding.text, since: registered.registeredAt };
}
