import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AnswerOptions, answerSeedFile, type FoundVm, type WantedFile } from './answer-seed-file.ts';
import { SeedError } from './errors.ts';
import { findSeedVm } from './find-vm.ts';
import type { RegisteredVms } from './registration/registered-vms.ts';
import { buildSeedKey } from './render/vm-facts.ts';
import { parseRequestPath, type SeedRequest } from './request-path.ts';
import type { SeedStore } from './seed-store.ts';

/** What the seed routes work with. */
export interface SeedRouteOptions extends AnswerOptions {
  readonly store: SeedStore;
  /** Undefined: none are. */
  readonly registeredVms: RegisteredVms | undefined;
}

/**
 * Adds `GET` and `HEAD` of `/<seed>/{meta-data,user-data,vendor-data,network-config}`, and of the same below
 * `/-/vm/<token>/` for registered VMs.
 *
 * Nothing else of a seed's folder is served: it may hold keys, notes and an editor's left-overs, and nobody is asked
 * who they are. What an `#include` names goes into a folder of its own, as that one's user-data.
 */
export function addSeedRoutes(server: FastifyInstance, options: SeedRouteOptions): void {
  server.get('/*', async (request, reply) => {
    const asked = parseRequestPath(request.raw.url ?? '');
    return answerSeedFile(reply, chooseFile(asked, request, options), options);
  });
}

function chooseFile(asked: SeedRequest, request: FastifyRequest, options: SeedRouteOptions): WantedFile {
  const { file } = asked;
  if (asked.kind === 'path') {
    const find = () => findKnownSeed(asked.seedPath, options.store);
    return { file, vmKey: buildSeedKey(asked.seedPath), find };
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
