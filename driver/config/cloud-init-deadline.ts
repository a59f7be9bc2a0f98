import { parseDurationMs } from './duration.ts';
import type { ReportProblem } from './problem.ts';

const MAX_FINISH_MS = 24 * 3_600_000;

/** Reads `must_finish_within`, in ms. Undefined where it is not there, and after a problem. */
export function parseMustFinish(
  given: string | undefined,
  hasNic: boolean,
  report: ReportProblem,
): number | undefined {
  if (given === undefined) return undefined;
  const ms = parseDurationMs(given);
  if (ms === undefined || ms < 1_000 || ms > MAX_FINISH_MS) {
    report(
      'config.cloud_init.must_finish_within',
      `${JSON.stringify(given)} is not a time from "1s" to "24h"; write such as "15m"`,
    );
    return undefined;
  }
  if (!hasNic) {
    report(
      'config.cloud_init.must_finish_within',
      'needs a NIC, as the guest reports over the network; add a network block, or remove it',
    );
  }
  return ms;
}
