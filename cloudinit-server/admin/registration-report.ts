import type { Finding } from '../boot/diagnose-boot.ts';
import { buildFingerprint, type HostKey } from '../boot/host-key.ts';
import type { Delivery, ReportedAddress } from '../client/drivers-api-types.ts';
import { redactConsole } from '../redact/redact-console.ts';
import type { HostKeyConflict } from '../registration/find-host-key-conflicts.ts';
import { findNeverAsked } from '../registration/judge-progress.ts';
import type { ReportedByDriver } from '../state/driver-report-table.ts';
import type { RegisteredVm } from '../state/registration-table.ts';

/** What the driver of a VM has told when it registered it, in JSON's names. */
export interface RegistrationSummary {
  readonly node: string;
  readonly namespace: string;
  readonly job: string;
  readonly group: string;
  readonly task: string;
  readonly index: number;
  readonly alloc_id: string;
  readonly delivery: Delivery;
  readonly registered_at: string;
  /** When its driver took it off; null while it may run. */
  readonly gone_at: string | null;
  /** Since when its guest gets nothing but its meta-data; null while it may ask. */
  readonly sealed_at: string | null;
  /** How often its seed was refused to another machine, since the allocation was registered. */
  readonly refused_requests: number;
}

/** What the driver of a VM has seen of it since. */
export interface DriverReportView {
  readonly reported_at: string;
  readonly address: ReportedAddress | null;
  /** Without secrets. */
  readonly console_tail: string | null;
  /** As the console printed them. */
  readonly host_keys: readonly HostKeyView[];
}

/** A host key as `ssh` asks about it. */
export interface HostKeyView {
  readonly algorithm: string;
  readonly fingerprint: string;
}

/** The registration in one line. */
export function buildRegistrationSummary(registered: RegisteredVm): RegistrationSummary {
  const { facts, registeredAt, goneAt, sealedAt, refusals } = registered;
  const { node, namespace, job, group, task, index, allocId, delivery } = facts;
  return {
    node,
    namespace,
    job,
    group,
    task,
    index,
    alloc_id: allocId,
    delivery,
    registered_at: renderTime(registeredAt),
    gone_at: goneAt === undefined ? null : renderTime(goneAt),
    sealed_at: sealedAt === undefined ? null : renderTime(sealedAt),
    refused_requests: refusals.count,
  };
}

/** What the driver has told. */
export function buildDriverReportView(reported: ReportedByDriver): DriverReportView {
  return {
    reported_at: renderTime(reported.at),
    address: reported.address ?? null,
    console_tail: reported.consoleTail === undefined ? null : redactConsole(reported.consoleTail),
    host_keys: (reported.hostKeys ?? []).map(buildHostKeyView),
  };
}

/** A key by its fingerprint. */
export function buildHostKeyView(key: HostKey): HostKeyView {
  return { algorithm: key.algorithm, fingerprint: buildFingerprint(key) };
}

/**
 * What is to be known of a VM because it is registered.
 *
 * @param isAwaited nothing was heard of it within its allocation, and should be
 */
export function findRegistrationNotes(
  registered: RegisteredVm,
  isAwaited: boolean,
  now: number,
): readonly Finding[] {
  const { refusals, goneAt } = registered;
  const neverAsked = isAwaited && goneAt === undefined ? findNeverAsked(registered, now) : undefined;
  const notes = neverAsked === undefined ? [] : [neverAsked];
  if (refusals.last === undefined) return notes;
  const { at, address, macAddress } = refusals.last;
  const from = macAddress === undefined ? address : `${address} (MAC address ${macAddress})`;
  const text = `its seed was asked for by another machine ${refusals.count} times, last at ${renderTime(at)} from ${from}: somebody has its token, or guests reach the server through a gateway, which needs --bind-mac off`;
  return [...notes, { code: 'mac-refused', text }];
}

/** What is to be known of a key that a VM has told. */
export function describeHostKeyConflict({ told }: HostKeyConflict): Finding {
  const text = `its console has printed another ${told.algorithm} host key than it told: somebody reports in its name, or its keys were made anew since; what it told is left out of known_hosts`;
  return { code: 'host-keys-differ', text };
}

function renderTime(at: number): string {
  return new Date(at).toISOString();
}
