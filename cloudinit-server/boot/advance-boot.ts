import { beginsBoot } from './begins-boot.ts';
import { type Boot, type BootStage, type FetchedFile, readStage } from './boot.ts';
import { readCloudInitVersion } from './cloud-init-version.ts';
import { advanceModules } from './module-runs.ts';
import type { EventReported, FileFetched, Observation } from './observation.ts';

/** Boots that begin this close to each other may be a loop. */
const LOOP_WINDOW_MS = 30 * 60_000;

/** A file whose fetching is a stage. */
const FILE_STAGES = ['meta-data', 'user-data', 'vendor-data'] as const;

/** The end of these steps is a stage, whatever their result. */
const EVENT_STAGES: ReadonlyMap<string, BootStage> = new Map([
  ['init-network', 'network-done'],
  ['modules-config', 'config-done'],
  ['modules-final', 'ready'],
]);

/**
 * What is known of a VM's newest boot after one more observation: the same boot further on, or the next one.
 *
 * @param boot undefined when nothing was seen before
 */
export function advanceBoot(boot: Boot | undefined, seen: Observation): Boot {
  return boot === undefined || beginsBoot(boot, seen) ? beginBoot(boot, seen) : continueBoot(boot, seen);
}

/**
 * A boot of which this is the first observation.
 *
 * @param before the boot before it
 */
export function beginBoot(before: Boot | undefined, seen: Observation): Boot {
  return continueBoot(buildEmptyBoot(before, seen), seen);
}

function continueBoot(boot: Boot, seen: Observation): Boot {
  const heard = {
    ...boot,
    // Observations come in the order of the server's clock, unless somebody sets it back.
    lastAt: Math.max(boot.lastAt, seen.at),
    address: seen.address,
  };
  switch (seen.kind) {
    case 'file':
      return addFile(heard, seen);
    case 'event':
      return addEvent(heard, seen);
    case 'phone-home':
      return { ...heard, phonedHomeAt: heard.phonedHomeAt ?? seen.at };
  }
}

function buildEmptyBoot(before: Boot | undefined, { at, address }: Observation): Boot {
  const wasCutShort =
    before !== undefined && readStage(before) !== 'ready' && at - before.beganAt < LOOP_WINDOW_MS;
  return {
    beganAt: at,
    lastAt: at,
    address,
    cloudInitVersion: undefined,
    isAskedToReport: undefined,
    keepsSeed: undefined,
    files: [],
    reached: {},
    modules: [],
    phonedHomeAt: undefined,
    unfinishedBefore: wasCutShort ? before.unfinishedBefore + 1 : 0,
  };
}

function addFile(boot: Boot, seen: FileFetched): Boot {
  const before = boot.files.find(({ file }) => file === seen.file);
  const fetched: FetchedFile = {
    file: seen.file,
    count: (before?.count ?? 0) + 1,
    firstAt: before?.firstAt ?? seen.at,
    lastAt: seen.at,
    status: seen.status,
    bytes: seen.bytes,
    contentId: seen.contentId,
    address: seen.address,
    macAddress: seen.macAddress,
    cloudInitVersion: readCloudInitVersion(seen.userAgent),
  };
  const stage = FILE_STAGES.find(file => file === seen.file);
  return {
    ...boot,
    cloudInitVersion: fetched.cloudInitVersion ?? boot.cloudInitVersion,
    isAskedToReport: seen.file === 'vendor-data' ? seen.asksForReports : boot.isAskedToReport,
    // One file that says otherwise is enough.
    keepsSeed: boot.keepsSeed === false ? false : (seen.keepsSeed ?? boot.keepsSeed),
    files: [...boot.files.filter(({ file }) => file !== seen.file), fetched],
    reached: stage !== undefined && seen.status === 200 ? reach(boot, stage, seen.at) : boot.reached,
  };
}

function addEvent(boot: Boot, seen: EventReported): Boot {
  const activated = reach(boot, 'activated', seen.at);
  const ended = seen.phase === 'finish' ? EVENT_STAGES.get(seen.name) : undefined;
  return {
    ...boot,
    reached: ended === undefined ? activated : reach({ reached: activated }, ended, seen.at),
    modules: advanceModules(boot.modules, seen),
  };
}

/** The first time counts. */
function reach({ reached }: Pick<Boot, 'reached'>, stage: BootStage, at: number): Boot['reached'] {
  return reached[stage] === undefined ? { ...reached, [stage]: at } : reached;
}
