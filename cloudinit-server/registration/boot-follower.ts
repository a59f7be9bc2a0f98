import type { AuditLog } from '../audit/audit-log.ts';
import { hasReached, listFailures, readStage } from '../boot/boot.ts';
import type { Observation } from '../boot/observation.ts';
import type { RecordedBoot } from '../state/boot-table.ts';
import type { RegisteredVm } from '../state/registration-table.ts';
import type { ServerState } from '../state/state.ts';
import type { KnownVm } from '../state/vm-table.ts';
import type { EventFeed } from './event-feed.ts';
import type { NeighbourTable } from './neighbour-table.ts';
import { planEvents } from './plan-events.ts';
import type { SealPolicy } from './policies.ts';
import type { StuckWatch } from './stuck-watch.ts';

/** What a follower works with. */
export interface BootFollowerOptions {
  readonly state: ServerState;
  readonly feed: EventFeed;
  readonly watch: StuckWatch;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly seal: SealPolicy;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly neighbours: Pick<NeighbourTable, 'recall'>;
}

/** Tells drivers how their VMs boot, and seals what has booted. What it does is part of the caller's transaction. */
export interface BootFollower {
  /** One more thing was seen of a VM, registered or not. */
  follow(vm: KnownVm, before: RecordedBoot | undefined, after: RecordedBoot, seen: Observation): void;
  /** A VM told other host keys than those that it told at `toldAt`. */
  followHostKeys(vm: KnownVm, toldAt: number): void;
}

/** Creates one. */
export function createBootFollower(options: BootFollowerOptions): BootFollower {
  const { state, feed, watch, now, neighbours } = options;
  const find = (vm: KnownVm) => {
    const registered = state.registrations.find(vm.id);
    return registered?.goneAt === undefined ? registered : undefined;
  };
  return {
    follow: (vm, before, after, seen) => {
      watch.watch(vm, after.boot);
      // Most reports are no news to anybody, and there are many.
      const registered = isNews(before, after) ? find(vm) : undefined;
      if (registered === undefined) return;
      const { macAddresses } = registered.facts;
      const findMac = (address: string) => neighbours.recall(address).find(mac => macAddresses.includes(mac));
      for (const body of planEvents(before, after, seen, findMac)) feed.add(registered, body, seen.at);
      if (isToBeSealed(registered, after, options.seal)) sealVm(registered, options);
    },
    followHostKeys: (vm, toldAt) => {
      const registered = find(vm);
      // A new allocation may have a new disk, with new keys.
      if (registered === undefined || toldAt < registered.registeredAt) return;
      feed.add(registered, { kind: 'host-keys-changed' }, now());
    },
  };
}

/** Whether drivers may have to be told, or the VM be sealed: it is somewhere else, or has booted. */
function isNews(before: RecordedBoot | undefined, after: RecordedBoot): boolean {
  return (
    before?.id !== after.id || before.boot.address !== after.boot.address || hasReached(after.boot, 'ready')
  );
}

function isToBeSealed(registered: RegisteredVm, { boot }: RecordedBoot, policy: SealPolicy): boolean {
  if (policy === 'never' || registered.sealedAt !== undefined || registered.facts.delivery === 'disk') {
    return false;
  }
  // Reports of a boot from before come late, or from whoever has the guest's token: this guest still has to ask.
  if (boot.beganAt < registered.openedAt) return false;
  return boot.keepsSeed === true && readStage(boot) === 'ready' && listFailures(boot).length === 0;
}

function sealVm(registered: RegisteredVm, { state, audit, now }: BootFollowerOptions): void {
  state.registrations.save({ ...registered, sealedAt: now() });
  audit.record({ action: 'vm-sealed', actor: 'server', vm: registered.facts.identity });
}
