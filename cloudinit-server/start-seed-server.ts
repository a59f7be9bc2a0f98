import { closeOnAbort, closeServer } from './close-on-abort.ts';
import { SeedError } from './errors.ts';
import { createFolderSeedStore } from './folder-seed-store.ts';
import type { GuestServer } from './guests/guest-server.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { type Listener, openListener } from './open-listener.ts';
import { type MemoryOptions, openMemory, type PrivateListener, type ServerMemory } from './open-memory.ts';
import type { RenderPolicies } from './render/rendering.ts';
import { createSeedRenderer } from './render/seed-renderer.ts';
import { keepSeedsChecked } from './seed-check/keep-seeds-checked.ts';
import { SeedChecker } from './seed-check/seed-checker.ts';
import { createSeedFindings } from './seed-check/seed-findings.ts';
import type { SeedStore } from './seed-store.ts';
import { createSeedServer } from './server.ts';
import type { ServerLog } from './server-log.ts';
import { isForAddress, readTlsFiles, type TlsFiles } from './tls-files.ts';
import { startTlsRenewal } from './tls-renewal.ts';

const REPORT_CURE =
  'add --public-url https://NAME:PORT with the name of the certificate: guests are told to report to the address that they fetched from';

/** What `nomad-vm serve` is told. */
export interface StartSeedServerOptions {
  /** The folder whose folders are seeds. */
  readonly seedsDir: string;
  readonly listen: ListenAddress;
  /** For guests and drivers; undefined: plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** How often it is looked whether there is a new certificate. @default once a minute */
  readonly tlsLookMs?: number;
  readonly log: ServerLog;
  /** Stops the server; answers in flight are finished. */
  readonly signal: AbortSignal;
  /** @default {DEFAULT_LIMITS} */
  readonly limits?: Partial<ServerLimits>;
  /** Undefined: seeds are served as they are, and nothing is remembered. */
  readonly memory?: MemoryOptions | undefined;
  /** @default instance-ids are stable, and no guest agent is installed */
  readonly rendering?: RenderPolicies;
}

/** A server that listens. */
export interface RunningSeedServer {
  /** Where it listens, with the port that the kernel chose if it was 0. */
  readonly address: ListenAddress;
  /** The same for people; undefined without such a listener. */
  readonly adminAddress: ListenAddress | undefined;
  /** The same for drivers. */
  readonly driversAddress: ListenAddress | undefined;
  /** Resolves when it has stopped, after the signal. */
  readonly closed: Promise<void>;
}

/**
 * Starts serving a folder of seeds. It listens last, when all that a request needs is there: from the first moment
 * a connection is possible it is answered (a guest would give up on a refused one after 10 s).
 *
 * @throws {SeedError} `seeds-folder-missing` or `seeds-folder-unreadable` where nothing is on record, `state-unusable`,
 * `token-file-unusable`, `tls-unusable`, `admin-address-refused` or `listen-failed`
 */
export async function startSeedServer(options: StartSeedServerOptions): Promise<RunningSeedServer> {
  const { seedsDir, log, signal, limits = {} } = options;
  signal.throwIfAborted();
  using stack = new DisposableStack();
  const folder = createFolderSeedStore(seedsDir);
  const { rendering } = options;
  const tls = options.tls && readTlsFiles(options.tls);
  const memory = options.memory && stack.use(openMemory(folder, { ...options.memory, rendering, tls }, log));
  await checkSeeds(folder, memory, log);
  const plain = { store: folder, renderer: createSeedRenderer({ ...rendering, store: folder }) };
  const server = createSeedServer({ ...plain, ...memory, log, limits, tls });
  const { address, adminAddress, driversAddress } = await openListeners(server, options.listen, memory);
  if (options.tls !== undefined && tls !== undefined) {
    const listeners = [
      server.server,
      ...(memory?.drivers === undefined ? [] : [memory.drivers.server.server]),
    ];
    stack.use(startTlsRenewal({ files: options.tls, keys: tls, listeners, log, lookMs: options.tlsLookMs }));
  }
  log.info('listening', {
    address: formatListenAddress(address),
    seeds: seedsDir,
    state: options.memory?.stateDir,
  });
  if (adminAddress !== undefined) tellListener('listening for people', adminAddress, memory?.admin, log);
  if (driversAddress !== undefined)
    tellListener('listening for drivers', driversAddress, memory?.drivers, log);
  memory?.audit.record({
    action: 'server-started',
    actor: 'server',
    facts: { listen: formatListenAddress(address), seeds: seedsDir },
  });
  if (
    tls !== undefined &&
    memory?.observing !== undefined &&
    memory.publicUrl === undefined &&
    !isForAddress(tls)
  ) {
    log.warn('certificate for no address, guests cannot report', {
      cure: REPORT_CURE,
    });
  }
  if (memory === undefined) log.info('no state folder, guests are not observed');
  const checker = new SeedChecker({
    store: folder,
    log,
    findings: memory?.seedFindings ?? createSeedFindings(),
    listVms: seedPath => memory?.listVmsOfFolder(seedPath) ?? [],
    findGuestVersion: seedPath => memory?.findOldestGuest(seedPath),
    signal,
  });
  const checked = keepSeedsChecked({ seedsDir, checker, log, signal });
  const kept = stack.move();
  const closeTimeoutMs = limits.closeTimeoutMs ?? DEFAULT_LIMITS.closeTimeoutMs;
  const closed = closeOnAbort(server, signal, closeTimeoutMs, log, async () => {
    for (const listener of [memory?.drivers, memory?.admin]) {
      if (listener !== undefined) await closeServer(listener.server, closeTimeoutMs);
    }
    await checked;
    // Last, when nobody is left who could tell or ask.
    kept.dispose();
  });
  return {
    address,
    adminAddress,
    driversAddress,
    closed,
  };
}

/**
 * A folder that is away, as before a mount, must not keep guests from what is on record of them. With nothing on record it
 * is a typing mistake.
 */
async function checkSeeds(
  folder: Pick<SeedStore, 'check'>,
  memory: ServerMemory | undefined,
  log: ServerLog,
): Promise<void> {
  try {
    await folder.check();
  } catch (error) {
    if (!(error instanceof SeedError) || memory?.isEmpty !== false) throw error;
    log.error('seeds not readable, last good versions served', { code: error.code, reason: error.message });
  }
}

interface OpenListeners {
  readonly address: ListenAddress;
  readonly adminAddress: ListenAddress | undefined;
  readonly driversAddress: ListenAddress | undefined;
}

/** Guests last: what they do is to be told, and to be seen. */
async function openListeners(
  guests: GuestServer,
  wanted: ListenAddress,
  memory: ServerMemory | undefined,
): Promise<OpenListeners> {
  const { admin, drivers } = memory ?? {};
  const opened: Listener[] = [];
  const open = async (server: Listener, listen: ListenAddress) => {
    opened.push(server);
    return openListener(server, listen);
  };
  try {
    return {
      adminAddress: admin && (await open(admin.server, admin.listen)),
      driversAddress: drivers && (await open(drivers.server, drivers.listen)),
      address: await open(guests, wanted),
    };
  } catch (error) {
    for (const server of opened) await server.close();
    throw error;
  }
}

function tellListener(
  message: string,
  address: ListenAddress,
  listener: PrivateListener | undefined,
  log: ServerLog,
): void {
  log.info(message, { address: formatListenAddress(address), token_file: listener?.tokenFile });
}
