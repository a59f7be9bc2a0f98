import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { checkAdminAddress, createAdminServer } from './admin/admin-server.ts';
import { type AuditLog, createAuditLog } from './audit/audit-log.ts';
import { createLastGoodSeedStore } from './last-good/last-good-seed-store.ts';
import type { ListenAddress } from './listen-address.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { Observer } from './observe/observer.ts';
import { createSeedObserver } from './observe/seed-observer.ts';
import type { RenderPolicies } from './render/rendering.ts';
import { createSeedRenderer, type SeedRenderer } from './render/seed-renderer.ts';
import type { SeedStore } from './seed-store.ts';
import type { Observing } from './server.ts';
import type { ServerLog } from './server-log.ts';
import { createServerState } from './state/state.ts';
import { openTokenFile } from './token-file.ts';
import { parsePublicUrl } from './vendor/guest-base-url.ts';
import type { ReseedPolicy } from './vendor/observing-config.ts';

/** What the server remembers, and what for. */
export interface MemoryOptions {
  /** A folder of the server's own. */
  readonly stateDir: string;
  /** Undefined: guests are not asked to report, and nothing is noted of them. */
  readonly observing?: { readonly reseed: ReseedPolicy; readonly publicUrl?: string | undefined } | undefined;
  /** Where people reach it, on this host only. */
  readonly admin?: ListenAddress | undefined;
  readonly rendering?: RenderPolicies | undefined;
}

/** The file in the state folder that holds the token for people. */
export const ADMIN_TOKEN_FILE = 'admin-token';

/** The parts of a server that remembers. Disposing of it closes the state, nothing else. */
export interface ServerMemory extends Disposable {
  /** Seeds, in their last good version where the newest is broken. */
  readonly store: SeedStore;
  readonly renderer: SeedRenderer;
  /** Where guests report to; undefined: where each of them has connected to. */
  readonly publicUrl: string | undefined;
  readonly observing: Observing | undefined;
  readonly audit: AuditLog;
  readonly metrics: ServerMetrics;
  /** Does not listen yet. */
  readonly admin: AdminListener | undefined;
}

/** Who serves people, and where. */
export interface AdminListener {
  readonly server: FastifyInstance;
  readonly listen: ListenAddress;
  /** Holds what people have to show. */
  readonly tokenFile: string;
}

/**
 * Opens the state and builds what stands on it.
 *
 * @throws {SeedError} `state-unusable`, `token-file-unusable`, `admin-address-refused` or `server-url-invalid`
 */
export function openMemory(folder: SeedStore, options: MemoryOptions, log: ServerLog): ServerMemory {
  const { stateDir, observing, admin } = options;
  if (admin !== undefined) checkAdminAddress(admin);
  const publicUrl = observing?.publicUrl === undefined ? undefined : parsePublicUrl(observing.publicUrl);
  using stack = new DisposableStack();
  const state = stack.use(createServerState(stateDir));
  const now = () => Date.now();
  const audit = stack.use(createAuditLog({ stateDir, log, now }));
  const metrics = createServerMetrics();
  const store = createLastGoodSeedStore({ store: folder, goodFiles: state.goodFiles, log, now });
  const observer = new Observer({ state, log, audit, metrics, now });
  const tokenFile = join(stateDir, ADMIN_TOKEN_FILE);
  const buildAdmin = (listen: ListenAddress): AdminListener => {
    const token = openTokenFile(tokenFile);
    const server = createAdminServer({ store, state, observer, log, audit, metrics, now, token });
    return { server, listen, tokenFile };
  };
  const memory = {
    store,
    renderer: createSeedRenderer({ ...options.rendering, store, bumps: state.bumps }),
    publicUrl,
    audit,
    metrics,
    observing: observing && {
      observer,
      now,
      seedObserver: createSeedObserver({ observer, log, now, reseed: observing.reseed }),
    },
    admin: admin && buildAdmin(admin),
  };
  const kept = stack.move();
  return { ...memory, [Symbol.dispose]: () => kept.dispose() };
}
