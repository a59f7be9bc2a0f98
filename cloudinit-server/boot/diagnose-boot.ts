import { compareVersions } from '../validate/schema/compare-versions.ts';
import { type Boot, listFailures, type ModuleRun, readStage } from './boot.ts';

/** What a person should know of a boot. `text` is one sentence without a full stop: what is seen, and what to do. */
export interface Finding {
  readonly code: FindingCode;
  readonly text: string;
}

export type FindingCode =
  | 'never-asked'
  | 'seed-half-fetched'
  | 'seed-ignored'
  | 'never-reported'
  | 'module-slow'
  | 'silent'
  | 'retried'
  | 'reboot-loop'
  | 'module-failed'
  | 'mac-refused'
  | 'host-keys-differ';

/** How a boot stands. `unobserved`: the seed was fetched, and the guest was not asked to tell more. */
export type BootState = 'booting' | 'stuck' | 'ready' | 'failed' | 'unobserved';

/** Who wrote the line in the machine's serial that leads the guest to its seed: its driver, or maybe a person. */
export type SerialAuthor = 'driver' | 'unknown';

/** A boot judged at one moment. */
export interface Diagnosis {
  readonly state: BootState;
  readonly findings: readonly Finding[];
}

/** A guest fetches its files within a second of each other. */
const FETCH_MS = 30_000;
/** From the last file to the first report; 28 s were seen without KVM on an overloaded host. */
const ACTIVATE_MS = 90_000;
/** Between two reports of different steps. */
const SILENCE_MS = 120_000;
const MODULE_MS = 180_000;
/** Downloads take their time. */
const PACKAGES_MS = 900_000;
/** The first cloud-init that asks for vendor-data over HTTP, by which guests are asked to report. */
const FIRST_OBSERVED = '20.4';
/** The first one that asks its seed's server by the URL alone, without `dsmode=net`. */
const FIRST_BY_SCHEME = '23.2';
/** Boots in a row, all cut short. */
const LOOP_BOOTS = 3;

/**
 * Judges a boot. Being stuck is a matter of time, and over as soon as the guest is heard of again.
 *
 * @param now ms since the epoch
 */
export function diagnoseBoot(boot: Boot, now: number, serialBy: SerialAuthor): Diagnosis {
  const failures = listFailures(boot).map(describeFailure);
  const notes = [...findRetries(boot), ...findLoop(boot), ...failures];
  if (readStage(boot) === 'ready') {
    return { state: failures.length > 0 ? 'failed' : 'ready', findings: notes };
  }
  if (isUnobserved(boot)) return { state: 'unobserved', findings: notes };
  const stuck = findStuck(boot, now, serialBy);
  const isLooping = notes.some(({ code }) => code === 'reboot-loop');
  return {
    state: stuck === undefined && !isLooping ? 'booting' : 'stuck',
    findings: stuck === undefined ? notes : [stuck, ...notes],
  };
}

function isUnobserved(boot: Boot): boolean {
  switch (readStage(boot)) {
    case 'user-data':
      return isOlder(boot, FIRST_OBSERVED);
    case 'vendor-data':
      return boot.isAskedToReport !== true;
    default:
      return false;
  }
}

function isOlder({ cloudInitVersion }: Boot, than: string): boolean {
  return cloudInitVersion !== undefined && compareVersions(cloudInitVersion, than) < 0;
}

function findStuck(boot: Boot, now: number, serialBy: SerialAuthor): Finding | undefined {
  const silentMs = now - boot.lastAt;
  switch (readStage(boot)) {
    case 'begun':
    case 'meta-data':
    case 'user-data':
      return silentMs > FETCH_MS ? describeHalfFetched(boot, silentMs) : undefined;
    case 'vendor-data':
      return silentMs > ACTIVATE_MS ? describeUnreported(boot, silentMs, serialBy) : undefined;
    default:
      return findSlowStep(boot, now, silentMs);
  }
}

function describeHalfFetched(boot: Boot, silentMs: number): Finding {
  const last = boot.files.at(-1);
  const asked = last === undefined ? 'nothing' : `"${last.file}" (status ${last.status})`;
  const text = `it asked for ${asked} and for nothing else for ${seconds(silentMs)}: it was switched off, lost its network, or had no use for the answer; look at its console`;
  return { code: 'seed-half-fetched', text };
}

function describeUnreported(boot: Boot, silentMs: number, serialBy: SerialAuthor): Finding {
  // A user-data that names either may well have turned vendor-data off.
  const mayBeSerial = serialBy !== 'driver' && boot.keepsSeed !== false;
  if (mayBeSerial && isOlder(boot, FIRST_BY_SCHEME)) {
    const text = `it fetched its seed, then nothing for ${seconds(silentMs)}: cloud-init ${boot.cloudInitVersion} ignores a seed whose serial lacks "dsmode=net"; write "ds=nocloud;dsmode=net;s=URL/", as the driver does`;
    return { code: 'seed-ignored', text };
  }
  const network = boot.files.find(({ file, bytes }) => file === 'network-config' && bytes > 0);
  const cause =
    network === undefined
      ? 'its user-data may set "reporting" or turn vendor-data off'
      : 'its network-config may be wrong ("to: default" must be "0.0.0.0/0", interfaces need the right name or MAC)';
  const text = `it fetched its seed, then nothing for ${seconds(silentMs)}: ${cause}, or cloud-init crashed; look at its console`;
  return { code: 'never-reported', text };
}

function findSlowStep(boot: Boot, now: number, silentMs: number): Finding | undefined {
  const running = boot.modules.findLast(run => run.finished === undefined && run.name.includes('/'));
  if (running !== undefined) {
    const forMs = now - running.startedAt;
    if (Math.min(forMs, silentMs) <= limitOf(running)) return undefined;
    const text = `step "${running.name}" runs for ${seconds(forMs)}: it waits for something, or the guest was switched off; look at its console`;
    return { code: 'module-slow', text };
  }
  if (silentMs <= SILENCE_MS) return undefined;
  const last = boot.modules.at(-1)?.name ?? 'none';
  const text = `nothing was heard for ${seconds(silentMs)} after step "${last}": a service holds the boot up, or the guest was switched off; look at its console`;
  return { code: 'silent', text };
}

function limitOf(run: ModuleRun): number {
  return /package|apt|snap|scripts|runcmd|ansible|puppet|chef/.test(run.name) ? PACKAGES_MS : MODULE_MS;
}

function findRetries(boot: Boot): readonly Finding[] {
  const repeated = boot.files.filter(({ count }) => count > 1);
  if (repeated.length === 0) return [];
  const files = repeated.map(({ file, count }) => `"${file}" ${count} times`).join(', ');
  const text = `it asked for ${files}: its network was not there yet, or the server could not read its seeds; see the server's log`;
  return [{ code: 'retried', text }];
}

function findLoop(boot: Boot): readonly Finding[] {
  const boots = boot.unfinishedBefore + 1;
  if (boots < LOOP_BOOTS || readStage(boot) === 'ready') return [];
  if (boot.isAskedToReport === false || isUnobserved(boot)) return [];
  const text = `it began ${boots} boots in a row and finished none: something in its seed restarts it, or kills it; look at its console`;
  return [{ code: 'reboot-loop', text }];
}

function describeFailure(name: string): Finding {
  const text = `step "${name}" failed; in the guest, "cloud-init status --long" and /var/log/cloud-init.log say why`;
  return { code: 'module-failed', text };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
