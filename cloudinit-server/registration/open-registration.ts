import type { AuditLog } from '../audit/audit-log.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import type { ServerState } from '../state/state.ts';
import type { KnownVm } from '../state/vm-table.ts';
import { type BootFollower, createBootFollower } from './boot-follower.ts';
import { createEventFeed, type EventFeed } from './event-feed.ts';
import type { NeighbourTable } from './neighbour-table.ts';
import type { RegistrationPolicies } from './policies.ts';
import { createRegisteredVms, type RegisteredVms } from './registered-vms.ts';
import { Registrar } from './registrar.ts';
import { StuckWatch } from './stuck-watch.ts';

/** What registered VMs are made of. */
export interface OpenRegistrationOptions extends Pick<RegistrationPolicies, 'bindMac' | 'seal' | 'byPath'> {
  readonly state: ServerState;
  readonly store: SeedStore;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly metrics: Pick<ServerMetrics, 'countRefusedMac'>;
  readonly log: ServerLog;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Told of every change of a registered VM but those of its boot. */
  readonly onChange: (vm: KnownVm) => void;
  readonly neighbours: NeighbourTable;
  /** Whether anything will be heard of VMs. */
  readonly isObserving: boolean;
}

/** The parts that know registered VMs. They do so too while no driver can reach the server. */
export interface Registration extends Disposable {
  readonly registrar: Registrar;
  readonly feed: EventFeed;
  /** Undefined: there is nothing to follow. */
  readonly follower: BootFollower | undefined;
  readonly registeredVms: RegisteredVms;
}

/** Opens what is on record of registered VMs, and goes on watching those that boot. */
export function openRegistration(options: OpenRegistrationOptions): Registration {
  const { state, store, audit, metrics, log, now, bindMac, seal, byPath, onChange, neighbours } = options;
  const feed = createEventFeed(state.events);
  const watch = options.isObserving ? new StuckWatch({ state, feed, log, now }) : undefined;
  const registrar = new Registrar({ state, watch, audit, log, now, onChange });
  watch?.resume();
  return {
    registrar,
    feed,
    follower: watch && createBootFollower({ state, feed, watch, audit, seal, now, neighbours }),
    registeredVms: createRegisteredVms({
      registrar,
      store,
      state,
      log,
      audit,
      metrics,
      bindMac,
      byPath,
      now,
      neighbours,
    }),
    [Symbol.dispose]: () => watch?.[Symbol.dispose](),
  };
}
