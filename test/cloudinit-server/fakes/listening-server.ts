import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ServerLimits } from '../../../cloudinit-server/limits.ts';
import { openListener } from '../../../cloudinit-server/open-listener.ts';
import type { SeedStore } from '../../../cloudinit-server/seed-store.ts';
import { createSeedServer, type SeedServerOptions } from '../../../cloudinit-server/server.ts';
import { createRecordingLog, type RecordingLog } from './recording-log.ts';

/** A seed server on a free port of the loopback interface. */
export interface ListeningServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly log: RecordingLog;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Sends bytes as they are and returns all that comes back until the server closes. */
  send(bytes: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts one. */
export async function listen(
  store: SeedStore,
  limits: Partial<ServerLimits> = {},
  more: Pick<SeedServerOptions, 'registeredVms'> = {},
): Promise<ListeningServer> {
  const log = createRecordingLog();
  const server = createSeedServer({ ...more, store, log, limits: { holdMs: 0, ...limits } });
  const { port } = await openListener(server, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  const close = () => server.close().then(() => undefined);
  return {
    url,
    port,
    log,
    get: (path, init) => fetch(`${url}${path}`, init),
    send: bytes => exchange(port, bytes),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A request of one line and no more headers than HTTP asks for; nothing tidies the target up. */
export function buildRawRequest(target: string, method = 'GET'): string {
  return `${method} ${target} HTTP/1.1\r\nhost: seeds\r\nconnection: close\r\n\r\n`;
}

async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  return await text(socket);
}
