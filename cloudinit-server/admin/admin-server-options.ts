import type { AuditLog } from '../audit/audit-log.ts';
import type { VmBumps } from '../bump/vm-bumps.ts';
import type { VmForgetting } from '../forget/vm-forgetting.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import type { Observer } from '../observe/observer.ts';
import type { VmPreviews } from '../preview/vm-previews.ts';
import type { SeedFindings } from '../seed-check/seed-findings.ts';
import type { SeedStore } from '../seed-store.ts';
import type { ServerLog } from '../server-log.ts';
import type { ServerState } from '../state/state.ts';

/** What the server for people works with. */
export interface AdminServerOptions {
  readonly store: SeedStore;
  readonly state: ServerState;
  readonly observer: Observer;
  readonly log: ServerLog;
  readonly audit: AuditLog;
  readonly metrics: ServerMetrics;
  readonly seedFindings: SeedFindings;
  readonly previews: VmPreviews;
  readonly bumps: VmBumps;
  readonly forgetting: VmForgetting;
  /** What people have to show: {@link requireToken}. */
  readonly token: string;
  /** ms since the epoch. */
  readonly now: () => number;
}
