import { setTimeout as delay } from 'node:timers/promises';
import { SeedError } from '../errors.ts';
import type { SeedLayer, SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import { checkLayer } from './check-layer.ts';
import { findLayer } from './find-layer.ts';
import { type CheckReport, createCheckReport } from './log-check.ts';
import type { SeedFindings } from './seed-findings.ts';

/** What a checker works with. */
export interface SeedCheckerOptions {
  readonly store: SeedStore;
  readonly log: ServerLog;
  readonly findings: SeedFindings;
  /** Names of the VMs that get the files of this folder. */
  readonly listVms: (seedPath: string) => readonly string[];
  /** The cloud-init to judge a folder by; undefined for the newest that this program knows. */
  readonly findGuestVersion: (seedPath: string) => string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Checks folders of seeds one after the other, and lets guests have their turn between two of them. What was checked
 * before is judged anew only when its content has changed, or its guests.
 */
export class SeedChecker {
  readonly #options: SeedCheckerOptions;
  readonly #digests = new Map<string, string>();

  constructor(options: SeedCheckerOptions) {
    this.#options = options;
  }

  /**
   * Checks everything there is.
   *
   * @param isFirst at the first time everything is new, and no edit
   */
  async checkAll({ isFirst }: { readonly isFirst: boolean }): Promise<void> {
    const { store, log, signal } = this.#options;
    const report = createCheckReport(log, { isEdit: !isFirst });
    const gone = new Set(this.#digests.keys());
    let seeds = 0;
    let problems = 0;
    const tellProblem = (problem: SeedError) => {
      problems += 1;
      report.tellUnreadable(problem);
    };
    const checkEach = async (layers: AsyncIterable<SeedLayer>) => {
      for await (const layer of layers) {
        if (signal.aborted) return;
        gone.delete(layer.path);
        const beganAt = performance.now();
        await this.#check(layer, report);
        seeds += 1;
        await rest(performance.now() - beganAt, signal);
      }
    };
    await checkEach(store.listSeeds(tellProblem));
    // Folders that cannot be looked into have just been told.
    await checkEach(store.listDefaults(() => undefined));
    if (signal.aborted) return;
    // What cannot be looked into is not gone.
    if (problems === 0) for (const path of gone) this.#forget(path, report);
    if (isFirst) log.info('seeds checked', { seeds, warnings: report.countErrors() });
  }

  /** Checks these folders, which have changed, are new, or are gone. */
  async checkChanged(seedPaths: Iterable<string>): Promise<void> {
    const { store, log, signal } = this.#options;
    const report = createCheckReport(log, { isEdit: true });
    for (const path of seedPaths) {
      if (signal.aborted) return;
      const beganAt = performance.now();
      try {
        const layer = await findLayer(store, path);
        if (layer === undefined) this.#forget(path, report);
        else await this.#check(layer, report);
      } catch (error) {
        if (!(error instanceof SeedError)) throw error;
        report.tellUnreadable(error);
      }
      await rest(performance.now() - beganAt, signal);
    }
  }

  async #check(seed: SeedLayer, report: CheckReport): Promise<void> {
    const known = this.#digests.get(seed.path);
    const { store, findGuestVersion } = this.#options;
    const guestVersion = findGuestVersion(seed.path);
    const checked = await checkLayer(seed, known, { store, guestVersion });
    if (checked === undefined) return;
    this.#digests.set(seed.path, checked.digest);
    this.#options.findings.set(seed.path, checked.findings);
    // A folder that holds other folders only.
    if (known === undefined && checked.files === 0 && checked.unreadable.length === 0) return;
    report.tell(seed.path, checked, this.#options.listVms(seed.path));
  }

  #forget(path: string, report: CheckReport): void {
    if (!this.#digests.delete(path)) return;
    this.#options.findings.set(path, []);
    report.tellGone(path, this.#options.listVms(path));
  }
}

/** How many times as long as it works the checker rests: guests that boot meanwhile come first, advice can wait. */
const REST_FACTOR = 19;

/** What takes longer was held up itself. */
const MAX_REST_MS = 500;

async function rest(workedMs: number, signal: AbortSignal): Promise<void> {
  // Ended early by the signal, which the caller looks at.
  await delay(Math.min(workedMs * REST_FACTOR, MAX_REST_MS), undefined, { signal }).catch(() => undefined);
}
