import { isDeepStrictEqual } from 'node:util';
import type { AuditAction, AuditActor } from '../audit/audit-entry.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { HostKey } from '../boot/host-key.ts';
import { buildVmKey } from '../render/vm-facts.ts';
import { SEED_FILES } from '../seed-files.ts';
import type { LogFields, ServerLog } from '../server-log.ts';
import type { PrintedHostKey, ToldByDriver } from '../state/driver-report-table.ts';
import type {
  OwnFiles,
  RefusedRequest,
  RegisteredVm,
  RegistrationFacts,
} from '../state/registration-table.ts';
import type { ServerState } from '../state/state.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { planRegistration } from './plan-registration.ts';
import type { StuckWatch } from './stuck-watch.ts';

/** What a registrar works with. */
export interface RegistrarOptions {
  readonly state: ServerState;
  /** Undefined: nothing will be heard of VMs. */
  readonly watch: StuckWatch | undefined;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly log: ServerLog;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Told of every change of a VM, when it is on record. */
  readonly onChange: (vm: KnownVm) => void;
}

/** Whether a report of a driver was taken. */
export type ReportOutcome = 'kept' | 'vm-unknown' | 'allocation-other';

/**
 * Knows which VMs are registered; with the boot follower, which seals, the only one that changes them. What a method
 * was told is on record when it returns.
 */
export class Registrar {
  readonly #options: RegistrarOptions;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  find(identity: string): RegisteredVm | undefined {
    const { vms, registrations } = this.#options.state;
    const vm = vms.find(buildVmKey(identity));
    return vm && registrations.find(vm.id);
  }

  findBySeedToken(token: string): RegisteredVm | undefined {
    return this.#options.state.registrations.findBySeedToken(token);
  }

  /** Registers a VM, or changes what is on record of it. @param address the driver's */
  register(facts: RegistrationFacts, files: OwnFiles, address: string | undefined): RegisteredVm {
    const { state, watch, now, onChange } = this.#options;
    const vm = state.vms.ensure(buildVmKey(facts.identity), now());
    const before = state.registrations.find(vm.id);
    const registered = planRegistration(before, vm, facts, now());
    if (isDeepStrictEqual(registered, before) && this.#hasFiles(vm.id, files)) return registered;
    state.registrations.save(registered, files);
    const { allocId, node, seedPath, delivery } = facts;
    const told = { alloc_id: allocId, node, seed: seedPath, delivery };
    const content_id = state.contentIds.of(Buffer.from(JSON.stringify([facts, files])));
    this.#audit('vm-registered', 'driver', registered, { address, content_id, facts: told });
    if (before?.sealedAt !== undefined && registered.sealedAt === undefined) {
      this.#audit('vm-unsealed', 'driver', registered, { address, facts: { alloc_id: allocId } });
    }
    // The watch is about one allocation, and about one that is there.
    if (before?.registeredAt !== registered.registeredAt) watch?.watch(vm, undefined);
    onChange(vm);
    return registered;
  }

  /** Keeps what a driver has seen of a VM, beside what it told before. */
  report(identity: string, told: ToldByDriver): ReportOutcome {
    const { state, now, onChange } = this.#options;
    const registered = this.find(identity);
    if (registered === undefined) return 'vm-unknown';
    if (registered.facts.allocId !== told.allocId) {
      // An allocation that outlived the one that took its place: its driver registers it again.
      return registered.goneAt === undefined ? 'allocation-other' : 'vm-unknown';
    }
    const known = state.driverReports.find(registered.vm.id);
    const before = known?.allocId === told.allocId ? known : undefined;
    const at = now();
    const { hostKeys, ...seen } = told;
    const printed = hostKeys && { hostKeys: dateHostKeys(hostKeys, before?.hostKeys, at) };
    state.driverReports.save(registered.vm.id, { ...before, ...seen, ...printed, at });
    onChange(registered.vm);
    return 'kept';
  }

  /** The VM is no more, unless another allocation has it by now. */
  remove(identity: string, allocId: string, address: string | undefined): void {
    const registered = this.find(identity);
    if (registered === undefined || registered.goneAt !== undefined) return;
    if (registered.facts.allocId !== allocId) return;
    this.#change({ ...registered, goneAt: this.#options.now() });
    this.#audit('vm-removed', 'driver', registered, { address, facts: { alloc_id: allocId } });
  }

  /** Counts a request for a VM's seed that came from another machine. */
  refuse(registered: RegisteredVm, refused: RefusedRequest): void {
    const { count } = registered.refusals;
    this.#change({ ...registered, refusals: { count: count + 1, last: refused } });
  }

  /** Opens a VM's seed again, for a guest that is to set itself up anew. */
  unseal(identity: string, address: string | undefined): void {
    const registered = this.find(identity);
    if (registered === undefined) return;
    // Also where it is not sealed yet: the boot that goes on does not know of it.
    this.#change({ ...registered, sealedAt: undefined, openedAt: this.#options.now() });
    if (registered.sealedAt !== undefined) this.#audit('vm-unsealed', 'admin', registered, { address });
  }

  /** Forgets VMs that are gone since before a time, with all that is on record of them but their bumps. */
  forgetGone(before: number): readonly KnownVm[] {
    const { state, log } = this.#options;
    const gone = state.registrations.listGone(before);
    for (const registered of gone) {
      state.vms.forget(registered.vm);
      log.info('vm forgotten', { vm: registered.facts.identity });
      this.#audit('vm-forgotten', 'server', registered, {});
    }
    return gone.map(({ vm }) => vm);
  }

  #change(registered: RegisteredVm): void {
    this.#options.state.registrations.save(registered);
    this.#options.onChange(registered.vm);
  }

  #hasFiles(vmId: number, files: OwnFiles): boolean {
    const { registrations } = this.#options.state;
    return SEED_FILES.every(file => registrations.readFile(vmId, file)?.toString() === files[file]);
  }

  #audit(
    action: AuditAction,
    actor: AuditActor,
    { facts: { identity } }: RegisteredVm,
    more: { readonly address?: string | undefined; readonly content_id?: string; readonly facts?: LogFields },
  ): void {
    this.#options.audit.record({ action, actor, vm: identity, ...more });
  }
}

/** A driver tells of a key for as long as it is among what the console printed last. */
function dateHostKeys(
  keys: readonly HostKey[],
  known: readonly PrintedHostKey[] = [],
  at: number,
): readonly PrintedHostKey[] {
  return keys.map(key => known.find(other => other.key === key.key) ?? { ...key, seenAt: at });
}
