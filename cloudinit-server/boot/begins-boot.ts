import { type Boot, hasReached } from './boot.ts';
import type { EventReported, FileFetched, Observation } from './observation.ts';

/** A guest that asks again for the same file within this time tries again: it does so every second, ten times. */
const RETRY_MS = 30_000;

/** No machine fetches its seed, restarts and fetches it again faster than this. */
const SHORTEST_BOOT_MS = 5_000;

/** Whether this can only be seen of a boot after the given one. */
export function beginsBoot(boot: Boot | undefined, seen: Observation): boolean {
  if (boot === undefined) return true;
  if (seen.kind === 'file') return isFetchedAnew(boot, seen);
  return seen.kind === 'event' && isReportedAnew(boot, seen);
}

function isFetchedAnew(boot: Boot, seen: FileFetched): boolean {
  const sinceLast = seen.at - boot.lastAt;
  // Every file is fetched before the first report.
  if (hasReached(boot, 'activated')) return sinceLast >= SHORTEST_BOOT_MS || hasReached(boot, 'network-done');
  const before = boot.files.find(({ file }) => file === seen.file);
  if (before === undefined) return false;
  if (seen.at - before.lastAt > RETRY_MS) return true;
  // The next file is asked for when this one is there, so asking for it again is not trying again.
  const isLast = boot.files.every(({ lastAt }) => lastAt <= before.lastAt);
  return !isLast && sinceLast >= SHORTEST_BOOT_MS;
}

/** Reports alone tell of a boot when the guest remembers its seed. */
function isReportedAnew(boot: Boot, seen: EventReported): boolean {
  if (!/^init-(?:local|network)\//.test(seen.name) || seen.phase !== 'start') return false;
  if (seen.at - boot.beganAt < SHORTEST_BOOT_MS) return false;
  const before = boot.modules.findLast(({ name }) => name === seen.name);
  // A report that was sent twice, as its answer was lost.
  if (before !== undefined && before.startedGuestSeconds === seen.guestSeconds) return false;
  return before !== undefined || hasReached(boot, 'network-done');
}
