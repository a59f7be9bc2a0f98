import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { checkAdminAddress, createAdminServer } from './admin/admin-server.ts';
import { type AuditLog, createAuditLog } from './audit/audit-log.ts';
import { createVmBumps } from './bump/vm-bumps.ts';
import { findNamedVm } from './find-vm.ts';
import { createVmForgetting } from './forget/vm-forgetting.ts';
import { createLastGoodSeedStore } from './last-good/last-good-seed-store.ts';
import type { ListenAddress } from './listen-address.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { Observer } from './observe/observer.ts';
import { createSeedObserver } from './observe/seed-observer.ts';
import { createVmPreviews } from './preview/vm-previews.ts';
import { createDriversServer } from './registration/drivers-server.ts';
import { createNeighbourTable, type NeighbourTable } from './registration/neighbour-table.ts';
import { openRegistration } from './registration/open-registration.ts';
import { DEFAULT_POLICIES, type RegistrationPolicies } from './registration/policies.ts';
import type { RegisteredVms } from './registration/registered-vms.ts';
import { startForgetting } from './registration/start-forgetting.ts';
import type { RenderPolicies } from './render/rendering.ts';
import { createSeedRenderer, type SeedRenderer } from './render/seed-renderer.ts';
import { findGuestVersion } from './seed-check/find-guest-version.ts';
import { findOldestGuest } from './seed-check/find-oldest-guest.ts';
import { listVmsOfFolder } from './seed-check/list-vms-of-folder.ts';
import { createSeedFindings, type SeedFindings } from './seed-check/seed-findings.ts';
import type { SeedStore } from './seed-store.ts';
import type { Observing } from './server.ts';
import type { ServerLog } from './server-log.ts';
import { createServerState } from './state/state.ts';
import type { KnownVm } from './state/vm-table.ts';
import type { TlsKeys } from './tls-files.ts';
import { openTokenFile } from './token-file.ts';
import { parsePublicUrl } from './vendor/guest-base-url.ts';
import type { ReseedPolicy } from './vendor/observing-config.ts';
import { readVmName } from './vm-name.ts';

/** What the server remembers, and what for. */
export interface MemoryOptions {
  /** A folder of the server's own. */
  readonly stateDir: string;
  /** Undefined: guests are not asked to report, and nothing is noted of them. */
  readonly observing?: { readonly reseed: ReseedPolicy; readonly publicUrl?: string | undefined } | undefined;
  /** Where people reach it, on this host only. */
  readonly admin?: ListenAddress | undefined;
  readonly rendering?: RenderPolicies | undefined;
  /** Where drivers reach it, and the file that holds what they have to show. */
  readonly drivers?: { readonly listen: ListenAddress; readonly tokenFile: string } | undefined;
  /** For drivers; undefined: plain HTTP. */
  readonly tls?: TlsKeys | undefined;
  /** @default {DEFAULT_POLICIES} */
  readonly policies?: Partial<RegistrationPolicies>;
  /** @default those of this host */
  readonly neighbours?: NeighbourTable;
}

/** The file in the state folder that holds the token for people. */
export const ADMIN_TOKEN_FILE = 'admin-token';

/** The parts of a server that remembers. Disposing of it closes the state, nothing else. */
export interface ServerMemory extends Disposable {
  /** Seeds, in their last good version where the newest is broken. */
  readonly store: SeedStore;
  /** Whether no guest was ever served or registered, when it was opened. */
  readonly isEmpty: boolean;
  readonly renderer: SeedRenderer;
  readonly registeredVms: RegisteredVms;
  /** Where guests report to; undefined: where each of them has connected to. */
  readonly publicUrl: string | undefined;
  readonly observing: Observing | undefined;
  readonly audit: AuditLog;
  readonly metrics: ServerMetrics;
  readonly seedFindings: SeedFindings;
  /** Names of the VMs that get the files of a folder. */
  readonly listVmsOfFolder: (seedPath: string) => readonly string[];
  /** The oldest cloud-init that gets the files of a folder, as far as guests were seen. */
  readonly findOldestGuest: (seedPath: string) => string | undefined;
  /** Does not listen yet. */
  readonly admin: PrivateListener | undefined;
  /** The same for drivers. */
  readonly drivers: PrivateListener | undefined;
}

/** Who serves people or drivers, and where. */
export interface PrivateListener {
  readonly server: FastifyInstance;
  readonly listen: ListenAddress;
  /** Holds what they have to show. */
  readonly tokenFile: string;
}

/**
 * Opens the state and builds what stands on it.
 *
 * @throws {SeedError} `state-unusable`, `token-file-unusable`, `admin-address-refused` or `server-url-invalid`
 */
export function openMemory(folder: SeedStore, options: MemoryOptions, log: ServerLog): ServerMemory {
  const { stateDir, observing, admin, drivers } = options;
  if (admin !== undefined) checkAdminAddress(admin);
  const publicUrl = observing?.publicUrl === undefined ? undefined : parsePublicUrl(observing.publicUrl);
  using stack = new DisposableStack();
  const state = stack.use(createServerState(stateDir));
  const now = () => Date.now();
  const audit = stack.use(createAuditLog({ stateDir, log, now }));
  const metrics = createServerMetrics();
  const seedFindings = createSeedFindings();
  const isUsed = (seedPath: string) => state.registrations.listBySeed(seedPath).length > 0;
  const store = createLastGoodSeedStore({ store: folder, goodFiles: state.goodFiles, isUsed, log, now });
  const renderer = createSeedRenderer({ ...options.rendering, store, bumps: state.bumps });
  const policies = { ...DEFAULT_POLICIES, ...options.policies };
  const { neighbours = createNeighbourTable() } = options;
  const base = { state, audit, metrics, log, now, isObserving: observing !== undefined };
  // The observer tells the follower, so it comes second.
  const onChange = (vm: KnownVm) => observer.announce(vm);
  const registration = stack.use(openRegistration({ ...policies, ...base, store, onChange, neighbours }));
  const { registrar, feed, follower, registeredVms } = registration;
  const observer = new Observer({ ...base, follower });
  if (policies.forgetAfterMs !== undefined) {
    const { forgetAfterMs } = policies;
    stack.use(startForgetting({ registrar, observer, forgetAfterMs, log, now }));
  }
  const { served, contentIds } = state;
  const seedObserver =
    observing &&
    createSeedObserver({ observer, served, contentIds, neighbours, log, now, reseed: observing.reseed });
  const tokenFile = join(stateDir, ADMIN_TOKEN_FILE);
  const seen = { observer, registrations: state.registrations };
  const findVersion = (vmKey: string) => findGuestVersion(vmKey, seen);
  const buildAdmin = (listen: ListenAddress): PrivateListener => {
    const findVm = (name: string) => findNamedVm(name, { store, state, log, registrar });
    const shown = { findVm, findGuestVersion: findVersion, store, renderer, state, seedObserver, publicUrl };
    const previews = createVmPreviews(shown);
    const bumpedOnce = { find: (key: string) => state.bumps.find(key) + 1 };
    const bumpedRenderer = createSeedRenderer({ ...options.rendering, store, bumps: bumpedOnce });
    const known = { state, observer, registrar, audit, log };
    const bumps = createVmBumps({ ...known, findVm, store, renderer, bumpedRenderer });
    const forgetting = createVmForgetting({ store, state, observer, audit, log });
    const asked = { previews, bumps, forgetting };
    const parts = { store, state, observer, log, audit, metrics, seedFindings, now };
    const server = createAdminServer({ ...asked, ...parts, token: openTokenFile(tokenFile) });
    return { server, listen, tokenFile };
  };
  const buildDrivers = ({ listen, tokenFile }: NonNullable<MemoryOptions['drivers']>): PrivateListener => {
    const token = openTokenFile(tokenFile);
    const { bindMac } = policies;
    const seeds = { store, state, renderer, seedObserver, findGuestVersion: findVersion };
    const parts = { ...seeds, registrar, feed, audit, metrics, log, now, bindMac, token, tls: options.tls };
    return {
      server: createDriversServer(parts),
      listen,
      tokenFile,
    };
  };
  const memory = {
    store,
    isEmpty: state.isEmpty(),
    renderer,
    registeredVms,
    publicUrl,
    audit,
    metrics,
    seedFindings,
    listVmsOfFolder: (seedPath: string) => listVmsOfFolder(state, seedPath).map(readVmName),
    findOldestGuest: (seedPath: string) => findOldestGuest(observer, listVmsOfFolder(state, seedPath)),
    observing: seedObserver && { observer, now, seedObserver, registrations: state.registrations },
    admin: admin && buildAdmin(admin),
    drivers: drivers && buildDrivers(drivers),
  };
  const kept = stack.move();
  return { ...memory, [Symbol.dispose]: () => kept.dispose() };
}
