import { type AnswerOptions, answerSeedFile, type FoundVm, type WantedFile } from './answer-seed-file.ts';
import { SeedError } from './errors.ts';
import { findSeedVm } from './find-vm.ts';
import type { GuestAnswer } from './guests/guest-answer.ts';
import type { GuestRequest } from './guests/guest-request.ts';
import type { RegisteredVms } from './registration/registered-vms.ts';
import { buildSeedKey } from './render/vm-facts.ts';
import { parseRequestPath, type SeedRequest } from './request-path.ts';
import type { SeedStore } from './seed-store.ts';

/** What answering works with. */
export interface SeedRequestOptions extends AnswerOptions {
  readonly store: SeedStore;
  /** Undefined: none are. */
  readonly registeredVms: RegisteredVms | undefined;
}

/**
 * Answers `GET` and `HEAD` of `/<seed>/{meta-data,user-data,vendor-data,network-config}`, and of the same below
 * `/-/vm/<token>/` for registered VMs, whose folders are not to be had by their paths.
 *
 * Nothing else of a seed's folder is served: it may hold keys, notes and an editor's left-overs, and nobody is asked
 * who they are. What an `#include` names goes into a folder of its own, as that one's user-data.
 *
 * @throws {SeedError} for what is none of these, or cannot be read
 */
export function answerSeedRequest(request: GuestRequest, options: SeedRequestOptions): Promise<GuestAnswer> {
  const asked = parseRequestPath(request.url);
  return answerSeedFile(request, asked.file, () => chooseFile(asked, request, options), options);
}

function chooseFile(asked: SeedRequest, request: GuestRequest, options: SeedRequestOptions): WantedFile {
  const { file } = asked;
  if (asked.kind === 'path') {
    const { seedPath } = asked;
    const isSealed = options.registeredVms?.isPathSealed(seedPath, request) ?? false;
    const find = () => findKnownSeed(seedPath, options.store);
    return { file, vmKey: buildSeedKey(seedPath), isSealed, find };
  }
  if (options.registeredVms !== undefined) return options.registeredVms.choose(asked.token, file, request);
  throw new SeedError('token-unknown', 'Cannot serve a registered VM: this server takes no registrations');
}

async function findKnownSeed(seedPath: string, store: SeedStore): Promise<FoundVm> {
  const found = await findSeedVm(seedPath, store);
  if (found !== undefined) return found;
  throw new SeedError(
    'seed-unknown',
    `Cannot serve seed "${seedPath}": there is no such folder; create it or correct the seed's name in the job`,
  );
}
