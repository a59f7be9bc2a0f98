import type { FastifyInstance } from 'fastify';
import { type AnswerOptions, answerSeedFile } from './answer-seed-file.ts';
import { SeedError } from './errors.ts';
import { buildSeedFacts, buildSeedKey } from './render/vm-facts.ts';
import { parseRequestPath } from './request-path.ts';
import type { SeedStore } from './seed-store.ts';

/** What the seed routes work with. */
export interface SeedRouteOptions extends AnswerOptions {
  readonly store: SeedStore;
}

/**
 * Adds `GET` and `HEAD` of `/<seed>/{meta-data,user-data,vendor-data,network-config}`.
 *
 * Nothing else of a seed's folder is served: it may hold keys, notes and an editor's left-overs, and nobody is asked
 * who they are. What an `#include` names goes into a folder of its own, as that one's user-data.
 */
export function addSeedRoutes(server: FastifyInstance, options: SeedRouteOptions): void {
  server.get('/*', async (request, reply) => {
    const { seedPath, file } = parseRequestPath(request.raw.url ?? '');
    const find = () => findSeedVm(seedPath, options.store);
    return answerSeedFile(reply, { file, vmKey: buildSeedKey(seedPath), label: seedPath, find }, options);
  });
}

/** The VM that is known by this seed's path alone. */
async function findSeedVm(seedPath: string, store: SeedStore) {
  const seed = await store.findSeed(seedPath);
  if (seed !== undefined) return { seed, vm: buildSeedFacts(seed) };
  throw new SeedError(
    'seed-unknown',
    `Cannot serve seed "${seedPath}": there is no such folder; create it or correct the seed's name in the job`,
  );
}
