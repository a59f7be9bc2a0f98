import { MAX_MODULE_RUNS, type ModuleRun } from './boot.ts';
import type { EventReported } from './observation.ts';

/** A guest's own clock is believed up to this; it is set while cloud-init runs. */
const MAX_DURATION_MS = 24 * 3600_000;

/** The steps of a boot after one more report. Reports may come twice, late or without the other half. */
export function advanceModules(runs: readonly ModuleRun[], seen: EventReported): readonly ModuleRun[] {
  const index = runs.findLastIndex(({ name }) => name === seen.name);
  const last = runs[index];
  if (seen.phase === 'start') {
    const isRepeat =
      last !== undefined && seen.guestSeconds !== undefined && last.startedGuestSeconds === seen.guestSeconds;
    return isRepeat ? runs : append(runs, startRun(seen));
  }
  if (last === undefined) return append(runs, finishRun(findBegin(runs, seen), seen));
  return last.finished === undefined ? runs.with(index, finishRun(last, seen)) : runs;
}

function append(runs: readonly ModuleRun[], run: ModuleRun): readonly ModuleRun[] {
  return [...runs, run].slice(-MAX_MODULE_RUNS);
}

function startRun({ name, at, guestSeconds }: EventReported): ModuleRun {
  return { name, startedAt: at, startedGuestSeconds: guestSeconds, finished: undefined };
}

/** Of a whole stage most versions report the end alone; it began with its first step. */
function findBegin(runs: readonly ModuleRun[], seen: EventReported): ModuleRun {
  const first = runs.find(({ name }) => name.startsWith(`${seen.name}/`));
  return first === undefined ? startRun(seen) : { ...first, name: seen.name, finished: undefined };
}

function finishRun(run: ModuleRun, { at, guestSeconds, result = 'SUCCESS' }: EventReported): ModuleRun {
  return { ...run, finished: { at, result, durationMs: measure(run, at, guestSeconds) } };
}

/** By the guest's clock, as reports queue up in it while its network is slow; by ours where that makes no sense. */
function measure(run: ModuleRun, at: number, guestSeconds: number | undefined): number {
  const byGuest = Math.round(((guestSeconds ?? Number.NaN) - (run.startedGuestSeconds ?? Number.NaN)) * 1000);
  return byGuest >= 0 && byGuest <= MAX_DURATION_MS ? byGuest : Math.max(0, at - run.startedAt);
}
