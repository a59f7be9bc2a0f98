import type { FastifyInstance } from 'fastify';
import { buildSeedKey, buildVmKey } from '../render/vm-facts.ts';
import { ROOT_SEED } from '../seed-path.ts';
import type { RegistrationTable } from '../state/registration-table.ts';
import { judgeReady } from './judge-ready.ts';
import type { Observer } from './observer.ts';
import { readVmRecord, type VmRecord } from './vm-record.ts';

/** Where a health check asks whether VMs are ready. No seed can have such a path. */
export const READY_PATH = '/-/ready/';

/** What the route works with. */
export interface ReadyRouteOptions {
  readonly observer: Observer;
  readonly registrations: RegistrationTable;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * Adds `GET /-/ready/<seed>` and `GET /-/ready/-/<identity>`: 200 when the newest boot of each VM with this seed, or of
 * this registered VM, has ended and no step of it failed; 503 with one line otherwise. It is left out of the log, as it
 * is asked every few seconds. What nobody knows is 503 too, so that it is no way to find out names.
 */
export function addReadyRoutes(server: FastifyInstance, options: ReadyRouteOptions): void {
  const { now } = options;
  server.get<{ readonly Params: { readonly '*': string } }>(`${READY_PATH}*`, (request, reply) => {
    const path = request.params['*'].replace(/\/+$/, '');
    const identity = /^-\/(.+)$/.exec(path)?.[1];
    const records =
      identity === undefined ? findBySeed(path || ROOT_SEED, options) : findByIdentity(identity, options);
    const { isReady, text } = judgeReady(records, now());
    return reply
      .code(isReady ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(`${text}\n`);
  });
}

function findByIdentity(identity: string, options: ReadyRouteOptions): readonly VmRecord[] {
  return listRecords([buildVmKey(identity)], options);
}

/** Registered VMs that have the seed count; where there is none, the VM that is known by the seed alone. */
function findBySeed(seedPath: string, options: ReadyRouteOptions): readonly VmRecord[] {
  const registered = options.registrations.listBySeed(seedPath).map(({ vm }) => vm.key);
  return listRecords(registered.length > 0 ? registered : [buildSeedKey(seedPath)], options);
}

function listRecords(
  keys: readonly string[],
  { observer, registrations }: ReadyRouteOptions,
): readonly VmRecord[] {
  return keys.flatMap(key => {
    const vm = observer.findVm(key);
    const record = vm && readVmRecord(vm, { observer, state: { registrations } });
    return record === undefined ? [] : [record];
  });
}
