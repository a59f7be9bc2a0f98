import type { GuestServer } from './guests/guest-server.ts';
import type { Listener } from './open-listener.ts';
import type { ServerLog } from './server-log.ts';

/** A server for guests, people or drivers. */
export interface ClosableServer extends Pick<Listener, 'close'> {
  readonly server: Pick<GuestServer['server'], 'closeAllConnections'>;
}

/** Closes the server for guests when the signal is aborted, then the rest; resolves when that is done. */
export async function closeOnAbort(
  server: ClosableServer,
  signal: AbortSignal,
  timeoutMs: number,
  log: ServerLog,
  closeRest: () => Promise<void>,
) {
  if (!signal.aborted) {
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
  }
  log.info('stopping');
  try {
    await closeServer(server, timeoutMs);
  } finally {
    await closeRest();
  }
  log.info('stopped');
}

/** A client that takes its answer byte by byte must not keep the server from ending. */
export async function closeServer(server: ClosableServer, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), timeoutMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}
