import { buildTextAnswer, type GuestAnswer } from '../guests/guest-answer.ts';
import { buildSeedKey, buildVmKey } from '../render/vm-facts.ts';
import { ROOT_SEED } from '../seed-path.ts';
import type { RegistrationTable } from '../state/registration-table.ts';
import { areReady } from './are-ready.ts';
import type { Observer } from './observer.ts';
import { readVmRecord, type VmRecord } from './vm-record.ts';

/** Where a health check asks whether VMs are ready. No seed can have such a path. */
export const READY_PATH = '/-/ready/';

const NOT_READY = 'not ready, or not known; "nomad-vm list" on the seed server\'s host says why';

/** What answering works with. */
export interface ReadyOptions {
  readonly observer: Observer;
  readonly registrations: RegistrationTable;
}

/**
 * Answers `GET /-/ready/<seed>` and `GET /-/ready/-/<identity>`: 200 when the newest boot of each VM with this seed, or
 * of this registered VM, has ended and no step of it failed; 503 otherwise, of what nobody knows too. Anybody may ask, so
 * it says no more than that. It is left out of the log, as it is asked every few seconds.
 *
 * @returns undefined when the target is another
 */
export function answerReady(target: string, options: ReadyOptions): GuestAnswer | undefined {
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith(READY_PATH)) return undefined;
  const name = decodeName(path.slice(READY_PATH.length)).replace(/\/+$/, '');
  const identity = /^-\/(.+)$/.exec(name)?.[1];
  const records =
    identity === undefined ? findBySeed(name || ROOT_SEED, options) : findByIdentity(identity, options);
  return areReady(records) ? buildTextAnswer(200, 'ready') : buildTextAnswer(503, NOT_READY);
}

/** What is badly encoded is nobody's name. */
function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function findByIdentity(identity: string, options: ReadyOptions): readonly VmRecord[] {
  return listRecords([buildVmKey(identity)], options);
}

/** Registered VMs that have the seed count; where there is none, the VM that is known by the seed alone. */
function findBySeed(seedPath: string, options: ReadyOptions): readonly VmRecord[] {
  const registered = options.registrations.listBySeed(seedPath).map(({ vm }) => vm.key);
  return listRecords(registered.length > 0 ? registered : [buildSeedKey(seedPath)], options);
}

function listRecords(
  keys: readonly string[],
  { observer, registrations }: ReadyOptions,
): readonly VmRecord[] {
  return keys.flatMap(key => {
    const vm = observer.findVm(key);
    const record = vm && readVmRecord(vm, { observer, state: { registrations } });
    return record === undefined ? [] : [record];
  });
}
