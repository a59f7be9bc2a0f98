import type { AuditLog } from '../audit/audit-log.ts';
import type { Observer } from '../observe/observer.ts';
import { findVmByName, type VmRecord } from '../observe/vm-record.ts';
import type { SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import type { ServerState } from '../state/state.ts';
import { describeVm, readVmName } from '../vm-name.ts';

/** What forgetting a VM will do, or has done. */
export interface ForgetPlan {
  readonly vm: string;
  /** Sentences for people. */
  readonly effects: readonly string[];
}

/** What a wish to forget a VM comes to. `reason` is a clause that says what to do instead. */
export type ForgetOutcome =
  | { readonly kind: 'planned' | 'forgotten'; readonly plan: ForgetPlan }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Forgets VMs that are no more, as nobody tells of those that no driver has registered. */
export interface VmForgetting {
  /** What it would do. @throws {SeedError} while it cannot be known whether the VM has a folder */
  plan(vmName: string): Promise<ForgetOutcome>;
  /** Does it. It is on record when this returns. @param address who wants it @throws {SeedError} as `plan` */
  forget(vmName: string, address: string | undefined): Promise<ForgetOutcome>;
}

/** What forgetting works with. */
export interface VmForgettingOptions {
  readonly store: Pick<SeedStore, 'check' | 'findSeed'>;
  readonly state: ServerState;
  readonly observer: Observer;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly log: ServerLog;
}

const EFFECTS = [
  'its boots, host keys and reports, and the copies of what it last got, are removed: no list, metric or page has it any more',
  'should its guest still run, its reports are answered 404 from now on',
  'how often it was bumped stays on record, so that a new VM of this name gets no instance-id that this one had',
];

/** Creates it. */
export function createVmForgetting(options: VmForgettingOptions): VmForgetting {
  const { state, observer, audit, log } = options;
  const plan = async (record: VmRecord): Promise<ForgetOutcome> => {
    const reason = await findReasonToKeep(record, options);
    if (reason !== undefined) return { kind: 'refused', reason };
    return { kind: 'planned', plan: { vm: readVmName(record.vm.key), effects: EFFECTS } };
  };
  return {
    plan: async name => {
      const record = findVmByName(name, options);
      return record === undefined ? { kind: 'unknown' } : plan(record);
    },
    forget: async (name, address) => {
      const record = findVmByName(name, options);
      if (record === undefined) return { kind: 'unknown' };
      const outcome = await plan(record);
      if (outcome.kind !== 'planned') return outcome;
      const { vm } = record;
      state.vms.forget(vm);
      observer.forget(vm);
      audit.record({ action: 'vm-forgotten', actor: 'admin', address, vm: outcome.plan.vm });
      log.info('vm forgotten', { ...describeVm(vm.key), address });
      observer.announce(vm);
      return { kind: 'forgotten', plan: outcome.plan };
    },
  };
}

async function findReasonToKeep(
  { vm, registered }: VmRecord,
  { store }: VmForgettingOptions,
): Promise<string | undefined> {
  if (registered !== undefined) {
    return registered.goneAt === undefined
      ? 'its driver has registered it, so its guest may run: stop its job first'
      : undefined;
  }
  // A folder that is away with all others is not gone.
  await store.check();
  return (await store.findSeed(readVmName(vm.key))) === undefined
    ? undefined
    : 'its folder is among the seeds, so its guest may come again: remove the folder first';
}
