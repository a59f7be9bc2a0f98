import type { FoundVm } from './answer-seed-file.ts';
import { findRegisteredVm, type RegisteredSeedOptions } from './registration/registered-seed.ts';
import type { Registrar } from './registration/registrar.ts';
import { buildSeedFacts } from './render/vm-facts.ts';
import { parseSeedPath } from './seed-path.ts';
import type { SeedStore } from './seed-store.ts';

/** Where VMs are looked for. */
export interface FindVmOptions extends RegisteredSeedOptions {
  readonly registrar: Pick<Registrar, 'find'>;
}

/**
 * The VM of this name: the identity that a driver has registered, or the path of a seed.
 *
 * @throws {SeedError} while it cannot be known whether there is one
 */
export async function findNamedVm(name: string, options: FindVmOptions): Promise<FoundVm | undefined> {
  const registered = options.registrar.find(name);
  if (registered !== undefined) return findRegisteredVm(registered, options);
  const seedPath = parseSeedPath(name);
  return seedPath === undefined ? undefined : findSeedVm(seedPath, options.store);
}

/** The VM that is known by this seed's path alone. @throws {SeedError} as above */
export async function findSeedVm(
  seedPath: string,
  store: Pick<SeedStore, 'findSeed'>,
): Promise<FoundVm | undefined> {
  const seed = await store.findSeed(seedPath);
  return seed && { seed, vm: buildSeedFacts(seed) };
}
