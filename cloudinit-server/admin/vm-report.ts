import { type Boot, type BootStage, type ModuleRun, readStage } from '../boot/boot.ts';
import { type BootState, diagnoseBoot, type Finding } from '../boot/diagnose-boot.ts';
import { buildFingerprint } from '../boot/host-key.ts';
import type { RecordedBoot } from '../state/boot-table.ts';
import type { KnownHostKey } from '../state/host-key-table.ts';
import type { Severity } from '../validate/finding.ts';

/** A VM in one line, in JSON's names. Times are ISO 8601, in UTC; null is what is not known. */
export interface VmSummary {
  /** Path of its seed. */
  readonly seed: string;
  /** `new`: on record, and nothing was seen of it yet. */
  readonly state: BootState | 'new';
  readonly stage: BootStage | null;
  readonly address: string | null;
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
  readonly host_keys: readonly { readonly algorithm: string; readonly fingerprint: string }[];
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
    readonly at_s: number;
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

/** @param now ms since the epoch */
export function buildVmSummary(seed: string, newest: RecordedBoot | undefined, now: number): VmSummary {
  if (newest === undefined) return { seed, state: 'new', ...UNKNOWN };
  const { boot } = newest;
  const readyAt = boot.reached.ready;
  return {
    seed,
    ...diagnoseBoot(boot, now),
    stage: readStage(boot),
    address: boot.address,
    cloud_init: boot.cloudInitVersion ?? null,
    boot_began_at: renderTime(boot.beganAt),
    last_heard_at: renderTime(boot.lastAt),
    ready_after_s: readyAt === undefined ? null : toSeconds(readyAt - boot.beganAt),
  };
}

const UNKNOWN = {
  stage: null,
  address: null,
  cloud_init: null,
  boot_began_at: null,
  last_heard_at: null,
  ready_after_s: null,
  findings: [],
} as const;

/** What a report is made of. */
export interface VmRecord {
  readonly seed: string;
  /** Oldest first. */
  readonly boots: readonly RecordedBoot[];
  readonly hostKeys: readonly KnownHostKey[];
  readonly seedFindings: readonly SeedFinding[];
}

/** @param now ms since the epoch */
export function buildVmReport({ seed, boots, hostKeys, seedFindings }: VmRecord, now: number): VmReport {
  return {
    ...buildVmSummary(seed, boots.at(-1), now),
    seed_findings: seedFindings,
    host_keys: hostKeys.map(key => ({ algorithm: key.algorithm, fingerprint: buildFingerprint(key) })),
    boots: boots
      .map(({ boot }, index) => buildBootReport(boot, boots[index + 1]?.boot.beganAt ?? now))
      .reverse(),
  };
}

/** @param until when it ended: when the next one began, or now */
function buildBootReport(boot: Boot, until: number): BootReport {
  const since = (at: number) => toSeconds(at - boot.beganAt);
  const reached = Object.entries(boot.reached).map(([stage, at]) => [stage, since(at)]);
  return {
    began_at: renderTime(boot.beganAt),
    last_heard_at: renderTime(boot.lastAt),
    ...diagnoseBoot(boot, until),
    stage: readStage(boot),
    address: boot.address,
    cloud_init: boot.cloudInitVersion ?? null,
    reached_s: Object.fromEntries(reached),
    phoned_home: boot.phonedHomeAt !== undefined,
    files: boot.files.map(({ file, count, status, bytes, firstAt }) => {
      return { file, count, status, bytes, at_s: since(firstAt) };
    }),
    steps: boot.modules.map(run => buildStep(run, since)),
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
