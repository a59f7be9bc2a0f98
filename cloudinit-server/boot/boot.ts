import type { SeedFile } from '../seed-files.ts';
import type { EventResult } from './observation.ts';

/**
 * How far a boot is, in this order:
 *
 * ```text
 * begun → meta-data → user-data → vendor-data → activated → network-done → config-done → ready
 *         files fetched                         first       the stages of cloud-init end
 *                                               report
 * ```
 *
 * A guest that remembers its seed (`manual_cache_clean`) fetches nothing and begins with reports. A stage may be
 * left out, none is gone back to.
 */
export const BOOT_STAGES = [
  'begun',
  'meta-data',
  'user-data',
  'vendor-data',
  'activated',
  'network-done',
  'config-done',
  'ready',
] as const;

export type BootStage = (typeof BOOT_STAGES)[number];

/** A step of cloud-init, from its reports. */
export interface ModuleRun {
  /** Such as `init-network/config-ssh`. */
  readonly name: string;
  readonly startedAt: number;
  readonly startedGuestSeconds: number | undefined;
  /** Undefined while it runs, and when its end was never reported. */
  readonly finished:
    | { readonly at: number; readonly result: EventResult; readonly durationMs: number }
    | undefined;
}

/** A file of the seed as one boot fetched it. */
export interface FetchedFile {
  readonly file: SeedFile;
  /** 1, unless the guest had to try again. */
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** This and what follows is of the last answer. */
  readonly status: number;
  readonly bytes: number;
  /** See `ContentIds`; undefined where nothing was served. */
  readonly contentId: string | undefined;
  readonly address: string;
  /** That the address had in the server's neighbour table; undefined where it had none. */
  readonly macAddress: string | undefined;
  /** Such as `22.4.2`. */
  readonly cloudInitVersion: string | undefined;
}

/** One boot of a VM as far as it was seen. Times are in ms since the epoch, by the server's clock. */
export interface Boot {
  readonly beganAt: number;
  /** When it was last heard of. */
  readonly lastAt: number;
  /** Where it was last heard from. */
  readonly address: string;
  /** Such as `22.4.2`; undefined when it fetched nothing. */
  readonly cloudInitVersion: string | undefined;
  /** Whether the guest was asked to report; undefined when it did not fetch its vendor-data. */
  readonly isAskedToReport: boolean | undefined;
  /** Whether the guest was told to remember its seed, so that it never asks again; undefined when nothing told. */
  readonly keepsSeed: boolean | undefined;
  readonly files: readonly FetchedFile[];
  /** When each stage was reached; no `begun`. */
  readonly reached: Readonly<Partial<Record<BootStage, number>>>;
  /** In the order in which they were first reported, the newest {@link MAX_MODULE_RUNS}. */
  readonly modules: readonly ModuleRun[];
  readonly phonedHomeAt: number | undefined;
  /** Boots right before this one that were cut short, each begun within minutes of the next. */
  readonly unfinishedBefore: number;
}

/** A boot has some 35; a guest may claim any number. */
export const MAX_MODULE_RUNS = 200;

/** The furthest stage that was reached. */
export function readStage(boot: Boot): BootStage {
  return BOOT_STAGES.findLast(stage => boot.reached[stage] !== undefined) ?? 'begun';
}

/** Whether `stage` or a later one was reached. */
export function hasReached(boot: Boot, stage: BootStage): boolean {
  return BOOT_STAGES.indexOf(readStage(boot)) >= BOOT_STAGES.indexOf(stage);
}

/** Steps that failed, without repeats; a whole stage is named only if no step of it is. */
export function listFailures(boot: Boot): readonly string[] {
  const failed = boot.modules.filter(run => run.finished?.result === 'FAIL').map(run => run.name);
  return [...new Set(failed)].filter(name => !failed.some(other => other.startsWith(`${name}/`)));
}
