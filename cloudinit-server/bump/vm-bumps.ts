import type { FoundVm } from '../answer-seed-file.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Observer } from '../observe/observer.ts';
import { readVmRecord } from '../observe/vm-record.ts';
import type { Registrar } from '../registration/registrar.ts';
import type { RenderTarget } from '../render/render-target.ts';
import type { SeedRenderer } from '../render/seed-renderer.ts';
import { ROOT_SEED } from '../seed-path.ts';
import type { SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import type { ServerState } from '../state/state.ts';
import { describeVm, readVmName } from '../vm-name.ts';
import { findIdAuthor } from './find-id-author.ts';
import { judgeHostKeys } from './host-key-fate.ts';
import { type BumpFacts, type BumpPlan, planBump } from './plan-bump.ts';

/** What a question for a bump comes to. `reason` is a clause that says what to do instead. */
export type BumpOutcome =
  | { readonly kind: 'planned' | 'bumped'; readonly plan: BumpPlan }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Gives VMs new instance-ids, so that their guests set themselves up anew. */
export interface VmBumps {
  /** What a bump would do. @throws {SeedError} while its files cannot be read */
  plan(vmName: string): Promise<BumpOutcome>;
  /**
   * Does it. It is on record when this returns.
   *
   * @param from the id that is to be replaced, so that nothing is bumped twice; undefined: the one that it has
   * @param address who wants it
   * @throws {SeedError} as `plan`
   */
  bump(vmName: string, from: string | undefined, address: string | undefined): Promise<BumpOutcome>;
}

/** What bumps work with. */
export interface VmBumpsOptions {
  /** See `findNamedVm`. */
  readonly findVm: (name: string) => Promise<FoundVm | undefined>;
  readonly store: Pick<SeedStore, 'findDefaults'>;
  readonly renderer: SeedRenderer;
  /** Renders as after one more bump of every VM. */
  readonly bumpedRenderer: Pick<SeedRenderer, 'readInstanceId'>;
  readonly state: ServerState;
  readonly observer: Observer;
  readonly registrar: Registrar;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly log: ServerLog;
}

/** Creates them. */
export function createVmBumps(options: VmBumpsOptions): VmBumps {
  const { state, observer, registrar, audit, log, renderer, bumpedRenderer } = options;

  const planFound = async ({ seed, vm, serverUrl }: FoundVm): Promise<BumpOutcome> => {
    const users = vm.registered === undefined ? listUsers(vm.key, state) : [];
    if (users.length > 0) {
      const names = users.map(user => `"${user}"`).join(', ');
      return refuse(`it is the seed of registered VMs, which have instance-ids of their own: bump ${names}`);
    }
    const target: RenderTarget = { seed, vm, serverUrl, vendorConfig: undefined };
    const [from, to] = [await renderer.readInstanceId(target), await bumpedRenderer.readInstanceId(target)];
    if (from.id === to.id) return refuse(await describeAuthor(from.id, { seed, vm }, options));
    const hostKeys = judgeHostKeys(
      (await renderer.render('user-data', target)).body,
      (await renderer.render('vendor-data', target)).body,
    );
    const known = observer.findVm(vm.key);
    const record = known && readVmRecord(known, options);
    const ids = { from: from.id, to: to.id };
    const { newest, registered } = record ?? {};
    const facts = { vm: readVmName(vm.key), ...ids, boot: newest?.boot, hostKeys };
    return { kind: 'planned', plan: planBump({ ...facts, registered: describeRegistered(registered) }) };
  };
  const planNamed = async (name: string) => {
    const found = await options.findVm(name);
    return found === undefined ? undefined : { key: found.vm.key, outcome: await planFound(found) };
  };
  return {
    plan: async name => (await planNamed(name))?.outcome ?? { kind: 'unknown' },
    bump: async (name, from, address) => {
      const planned = await planNamed(name);
      if (planned === undefined) return { kind: 'unknown' };
      const { key, outcome } = planned;
      if (outcome.kind !== 'planned') return outcome;
      const { instance_id: ids, vm } = outcome.plan;
      if (from !== undefined && from !== ids.from) {
        return refuse(
          `its instance-id is not "${from}" any more but "${ids.from}": it was bumped or edited meanwhile`,
        );
      }
      state.bumps.add(key, () => registrar.unseal(vm, address));
      audit.record({ action: 'instance-id-bumped', actor: 'admin', address, vm, facts: ids });
      log.info('instance-id bumped', { ...describeVm(key), address, ...ids });
      const known = observer.findVm(key);
      if (known !== undefined) observer.announce(known);
      return { kind: 'bumped', plan: outcome.plan };
    },
  };
}

/** Registered VMs that have this seed, unless a guest has asked for it by its path. */
function listUsers(key: string, { vms, registrations }: ServerState): readonly string[] {
  if (vms.find(key) !== undefined) return [];
  return registrations.listBySeed(readVmName(key)).map(({ facts }) => facts.identity);
}

function describeRegistered(registered: RegisteredVm | undefined): BumpFacts['registered'] {
  if (registered === undefined) return undefined;
  const { allocId, task, delivery } = registered.facts;
  return { allocId, task, delivery, isSealed: registered.sealedAt !== undefined };
}

async function describeAuthor(
  id: string,
  { seed, vm }: Pick<FoundVm, 'seed' | 'vm'>,
  { state, store }: VmBumpsOptions,
): Promise<string> {
  const path = await findIdAuthor(seed, await store.findDefaults(vm.seedPath));
  const known = state.vms.find(vm.key);
  const isOfJob = known !== undefined && state.registrations.readFile(known.id, 'meta-data') !== undefined;
  const folder = path === undefined || path === ROOT_SEED ? '' : `${path}/`;
  const where =
    isOfJob && path === seed.path ? 'the meta_data of its job' : `"${folder}meta-data" of the seeds`;
  return `its instance-id "${id}" is written by hand: change it in ${where}, to anything that it never was`;
}

function refuse(reason: string): BumpOutcome {
  return { kind: 'refused', reason };
}
