import type { FastifyInstance } from 'fastify';
import { checkSeeds } from './check-seeds.ts';
import { readErrnoCode, SeedError } from './errors.ts';
import { createFolderSeedStore } from './folder-seed-store.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { type MemoryOptions, openMemory } from './open-memory.ts';
import type { RenderPolicies } from './render/rendering.ts';
import { createSeedRenderer } from './render/seed-renderer.ts';
import { createSeedServer } from './server.ts';
import type { ServerLog } from './server-log.ts';

/** What `nomad-vm serve` is told. */
export interface StartSeedServerOptions {
  /** The folder whose folders are seeds. */
  readonly seedsDir: string;
  readonly listen: ListenAddress;
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
  /** Resolves when it has stopped, after the signal. */
  readonly closed: Promise<void>;
}

/**
 * Starts serving a folder of seeds. It listens last, when all that a request needs is there: from the first moment
 * a connection is possible it is answered (a guest would give up on a refused one after 10 s).
 *
 * @throws {SeedError} `seeds-folder-missing`, `seeds-folder-unreadable`, `state-unusable`, `token-file-unusable`,
 * `admin-address-refused` or `listen-failed`
 */
export async function startSeedServer(options: StartSeedServerOptions): Promise<RunningSeedServer> {
  const { seedsDir, log, signal, limits = {} } = options;
  signal.throwIfAborted();
  using stack = new DisposableStack();
  const folder = createFolderSeedStore(seedsDir);
  await folder.check();
  const { rendering } = options;
  const memory = options.memory && stack.use(openMemory(folder, { ...options.memory, rendering }, log));
  const plain = { store: folder, renderer: createSeedRenderer({ ...rendering, store: folder }) };
  const server = createSeedServer({ ...plain, ...memory, log, limits });
  await server.ready();
  const admin = memory?.admin && {
    ...memory.admin,
    address: await listen(memory.admin.server, memory.admin.listen),
  };
  const address = await listen(server, options.listen).catch(async (error: unknown) => {
    await admin?.server.close();
    throw error;
  });
  log.info('listening', {
    address: formatListenAddress(address),
    seeds: seedsDir,
    state: options.memory?.stateDir,
  });
  if (admin !== undefined) {
    const { address, tokenFile } = admin;
    log.info('listening for people', { address: formatListenAddress(address), token_file: tokenFile });
  }
  memory?.audit.record({
    action: 'server-started',
    actor: 'server',
    facts: { listen: formatListenAddress(address), seeds: seedsDir },
  });
  if (memory === undefined) log.info('no state folder, guests are not observed');
  // Advice only: it never ends the server.
  const checked = checkSeeds({ store: folder, log, signal }).catch((error: unknown) =>
    log.error('seeds not checked', { reason: String(error) }),
  );
  const kept = stack.move();
  const closeTimeoutMs = limits.closeTimeoutMs ?? DEFAULT_LIMITS.closeTimeoutMs;
  const closed = closeOnAbort(server, signal, closeTimeoutMs, log, async () => {
    await admin?.server.close();
    // Last, when nobody is left who could tell or ask.
    kept.dispose();
  });
  return {
    address,
    adminAddress: admin?.address,
    closed: Promise.all([checked, closed]).then(() => undefined),
  };
}

async function listen(server: FastifyInstance, wanted: ListenAddress): Promise<ListenAddress> {
  try {
    await server.listen({ host: wanted.host, port: wanted.port });
  } catch (cause) {
    await server.close();
    throw describeListenError(wanted, cause);
  }
  const bound = server.server.address();
  // A string is a socket's path, which nobody asked for.
  return bound === null || typeof bound === 'string' ? wanted : { host: bound.address, port: bound.port };
}

async function closeOnAbort(
  server: FastifyInstance,
  signal: AbortSignal,
  timeoutMs: number,
  log: ServerLog,
  closeRest: () => Promise<void>,
) {
  if (!signal.aborted) {
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
  }
  log.info('stopping');
  // A client that takes its answer byte by byte must not keep the server from ending.
  const timer = setTimeout(() => server.server.closeAllConnections(), timeoutMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
    await closeRest();
  }
  log.info('stopped');
}

const LISTEN_CURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; stop it or choose another port',
  EADDRNOTAVAIL: 'no interface of this host has that address; bring it up first, or name one that is up',
  EACCES: 'ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher one',
  ENOTFOUND: 'the name leads to no address; write the address itself',
};

function describeListenError(wanted: ListenAddress, cause: unknown): SeedError {
  const errno = readErrnoCode(cause) ?? 'an unexpected error';
  const cure = LISTEN_CURES[errno] ?? 'see the cause';
  return new SeedError(
    'listen-failed',
    `Cannot listen on "${formatListenAddress(wanted)}": ${errno}; ${cure}`,
    {
      cause,
    },
  );
}
