import type { FoundVm } from '../answer-seed-file.ts';
import type { SeedLayer, SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import type { ServerState } from '../state/state.ts';
import { buildRegisteredVmFacts } from './build-vm-facts.ts';

/** Where a registered VM's files come from. */
export interface RegisteredSeedOptions {
  readonly store: SeedStore;
  readonly state: Pick<ServerState, 'registrations' | 'goodFiles'>;
  readonly log: ServerLog;
}

/**
 * The files of a registered VM: those that came with its registration, then those of its seed's folder. A folder that
 * was removed is served as it was: whoever removed it cannot know that a VM still boots from it.
 *
 * @throws {SeedError} while it cannot be known what the folder holds
 */
export async function findRegisteredSeed(
  { vm, facts }: RegisteredVm,
  { store, state, log }: RegisteredSeedOptions,
): Promise<SeedLayer> {
  const { seedPath, identity } = facts;
  const folder = seedPath === undefined ? undefined : await store.findSeed(seedPath);
  return {
    path: seedPath ?? identity,
    readFile: async file => {
      const own = state.registrations.readFile(vm.id, file);
      if (own !== undefined || seedPath === undefined) return own;
      if (folder !== undefined) return folder.readFile(file);
      log.error('seed of a registered vm is gone, last good version served', {
        vm: identity,
        seed: seedPath,
        file,
      });
      return state.goodFiles.find(seedPath, file)?.body;
    },
  };
}

/** A registered VM as seeds are rendered for it. @throws {SeedError} as `findRegisteredSeed` */
export async function findRegisteredVm(
  registered: RegisteredVm,
  options: RegisteredSeedOptions,
): Promise<FoundVm> {
  const { facts } = registered;
  const seed = await findRegisteredSeed(registered, options);
  return { seed, vm: buildRegisteredVmFacts(facts), serverUrl: facts.guestUrl };
}
