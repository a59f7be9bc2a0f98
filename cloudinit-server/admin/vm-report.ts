import { type Boot, type BootStage, type FetchedFile, type ModuleRun, readStage } from '../boot/boot.ts';
import { type BootState, diagnoseBoot, type Finding, type SerialAuthor } from '../boot/diagnose-boot.ts';
import { diagnoseOnce } from '../boot/diagnose-once.ts';
import { readSeedPath, readSerialAuthor, type VmRecord } from '../observe/vm-record.ts';
import { findHostKeyConflicts, type HostKeyConflict } from '../registration/find-host-key-conflicts.ts';
import type { RecordedBoot } from '../state/boot-table.ts';
import type { ReportedByDriver } from '../state/driver-report-table.ts';
import type { KnownHostKey } from '../state/host-key-table.ts';
import type { Severity } from '../validate/finding.ts';
import { readVmName } from '../vm-name.ts';
import {
  buildDriverReportView,
  buildHostKeyView,
  buildRegistrationSummary,
  type DriverReportView,
  describeHostKeyConflict,
  findRegistrationNotes,
  type HostKeyView,
  type RegistrationSummary,
} from './registration-report.ts';

/** A VM in one line, in JSON's names. Times are ISO 8601, in UTC; null is what is not known. */
export interface VmSummary {
  /** What people call it: the path of its seed, or its identity where a driver has registered it. */
  readonly name: string;
  /** Path of its seed; null when all its files came with its registration. */
  readonly seed: string | null;
  /** Null for a VM that is known by its seed alone. */
  readonly registration: RegistrationSummary | null;
  /** `new`: on record, and nothing was seen of it yet. */
  readonly state: BootState | 'new';
  readonly stage: BootStage | null;
  readonly address: string | null;
  /** Its version, when the VM last fetched its seed. */
  readonly cloud_init: string | null;
  readonly boot_began_at: string | null;
  readonly last_heard_at: string | null;
  /** From the first request or report to the end of cloud-init. */
  readonly ready_after_s: number | null;
  readonly findings: readonly Finding[];
}

/** All that is known of a VM. */
export interface VmReport extends VmSummary {
  /** What is wrong with its files as they are now, by the server's newest check. */
  readonly seed_findings: readonly SeedFinding[];
  /** As it has told them. */
  readonly host_keys: readonly HostKeyView[];
  /** What its driver sees of it; null while there is none, or it has told nothing. */
  readonly driver: DriverReportView | null;
  /** Newest first. */
  readonly boots: readonly BootReport[];
}

/** Something that is wrong with a file; `nomad-vm check` says the same. */
export interface SeedFinding {
  /** Below the seeds folder, such as `lab/vm1/user-data`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: Severity;
  readonly rule: string;
  /** Which key, such as `users[1].passwd`; empty when it is about the whole file. */
  readonly path: string;
  readonly message: string;
}

/** One boot. */
export interface BootReport {
  readonly began_at: string;
  readonly last_heard_at: string;
  readonly state: BootState;
  readonly stage: BootStage;
  readonly address: string;
  readonly cloud_init: string | null;
  /** Seconds after its begin. */
  readonly reached_s: Readonly<Partial<Record<BootStage, number>>>;
  readonly phoned_home: boolean;
  readonly files: readonly {
    readonly file: string;
    readonly count: number;
    readonly status: number;
    readonly bytes: number;
    /** Equal for equal contents of this server, and nothing else; null where nothing was served. */
    readonly content_id: string | null;
    readonly at_s: number;
    /** Who fetched it: the address, the MAC address that the server's host had for it, the version of cloud-init. */
    readonly address: string;
    readonly mac_address: string | null;
    readonly cloud_init: string | null;
  }[];
  readonly steps: readonly {
    readonly name: string;
    readonly at_s: number;
    /** Null while it runs. */
    readonly took_s: number | null;
    readonly result: string | null;
  }[];
  readonly findings: readonly Finding[];
}

/** What is on record of a VM, beside its files. */
export interface VmFacts {
  readonly record: VmRecord;
  /** Between the host keys that it told and those on its console. */
  readonly conflicts: readonly HostKeyConflict[];
}

/** @param now ms since the epoch */
export function buildVmSummary({ record, conflicts }: VmFacts, now: number): VmSummary {
  const { vm, registered, newest, isObserved, cloudInit } = record;
  const alarms = conflicts.map(describeHostKeyConflict);
  const notes =
    registered === undefined
      ? []
      : findRegistrationNotes(registered, isObserved && newest === undefined, now);
  const known = {
    name: readVmName(vm.key),
    seed: readSeedPath(record) ?? null,
    registration: registered === undefined ? null : buildRegistrationSummary(registered),
  };
  if (newest === undefined) {
    const isStuck = notes.some(({ code }) => code === 'never-asked');
    return { ...known, ...UNKNOWN, state: isStuck ? 'stuck' : 'new', findings: [...alarms, ...notes] };
  }
  const { boot } = newest;
  const { state, findings } = diagnoseOnce(boot, now, readSerialAuthor(record));
  const readyAt = boot.reached.ready;
  return {
    ...known,
    state,
    findings: [...alarms, ...findings, ...notes],
    stage: readStage(boot),
    address: boot.address,
    cloud_init: cloudInit ?? null,
    boot_began_at: renderTime(boot.beganAt),
    last_heard_at: renderTime(boot.lastAt),
    ready_after_s: readyAt === undefined ? null : toSeconds(readyAt - boot.beganAt),
  };
}

/** A VM that nothing is known of yet. */
export function buildUnknownVm(name: string): VmSummary {
  return { name, seed: null, registration: null, ...UNKNOWN, state: 'new', findings: [] };
}

const UNKNOWN = {
  stage: null,
  address: null,
  cloud_init: null,
  boot_began_at: null,
  last_heard_at: null,
  ready_after_s: null,
} as const;

/** What a report is made of, beside the record. */
export interface VmReportParts {
  /** Oldest first. */
  readonly boots: readonly RecordedBoot[];
  readonly hostKeys: readonly KnownHostKey[];
  readonly reported: ReportedByDriver | undefined;
  readonly seedFindings: readonly SeedFinding[];
}

/** @param now ms since the epoch */
export function buildVmReport(
  record: VmRecord,
  { boots, hostKeys, reported, seedFindings }: VmReportParts,
  now: number,
): VmReport {
  const conflicts = findHostKeyConflicts(hostKeys, reported?.hostKeys);
  const serialBy = readSerialAuthor(record);
  return {
    ...buildVmSummary({ record, conflicts }, now),
    seed_findings: seedFindings,
    host_keys: hostKeys.map(buildHostKeyView),
    driver: reported === undefined ? null : buildDriverReportView(reported),
    boots: boots
      .map(({ boot }, index) => buildBootReport(boot, boots[index + 1]?.boot.beganAt ?? now, serialBy))
      .reverse(),
  };
}

/** @param until when it ended: when the next one began, or now */
function buildBootReport(boot: Boot, until: number, serialBy: SerialAuthor): BootReport {
  const since = (at: number) => toSeconds(at - boot.beganAt);
  const reached = Object.entries(boot.reached).map(([stage, at]) => [stage, since(at)]);
  return {
    began_at: renderTime(boot.beganAt),
    last_heard_at: renderTime(boot.lastAt),
    ...diagnoseBoot(boot, until, serialBy),
    stage: readStage(boot),
    address: boot.address,
    cloud_init: boot.cloudInitVersion ?? null,
    reached_s: Object.fromEntries(reached),
    phoned_home: boot.phonedHomeAt !== undefined,
    files: boot.files.map(fetched => buildFile(fetched, since)),
    steps: boot.modules.map(run => buildStep(run, since)),
  };
}

function buildFile(fetched: FetchedFile, since: (at: number) => number): BootReport['files'][number] {
  const { file, count, status, bytes, contentId, firstAt, address, macAddress, cloudInitVersion } = fetched;
  return {
    file,
    count,
    status,
    bytes,
    content_id: contentId ?? null,
    at_s: since(firstAt),
    address,
    mac_address: macAddress ?? null,
    cloud_init: cloudInitVersion ?? null,
  };
}

function buildStep({ name, startedAt, finished }: ModuleRun, since: (at: number) => number) {
  const took_s = finished === undefined ? null : toSeconds(finished.durationMs);
  return { name, at_s: since(startedAt), took_s, result: finished?.result ?? null };
}

function renderTime(at: number): string {
  return new Date(at).toISOString();
}

function toSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}
