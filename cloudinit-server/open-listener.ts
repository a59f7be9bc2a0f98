import type { Server } from 'node:net';
import { readErrnoCode, SeedError } from './errors.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';

/** A server that can listen. */
export interface Listener {
  readonly server: Pick<Server, 'address'>;
  listen(where: { readonly host: string; readonly port: number }): Promise<unknown>;
  /** Resolves when nothing is left of it; also when it never listened. */
  close(): Promise<unknown>;
}

/**
 * Lets a server listen.
 *
 * @returns where it does, with the port that the kernel chose if it was 0
 * @throws {SeedError} `listen-failed`
 */
export async function openListener(server: Listener, wanted: ListenAddress): Promise<ListenAddress> {
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
