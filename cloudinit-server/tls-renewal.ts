import type { Server as NetServer } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { readMessage } from './errors.ts';
import type { ServerLog } from './server-log.ts';
import { readTlsFiles, type TlsFiles, type TlsKeys } from './tls-files.ts';

/** How often the files are looked at; certificates are renewed weeks before they end. */
const LOOK_MS = 60_000;

/** What renewing works with. */
export interface TlsRenewalOptions {
  readonly files: TlsFiles;
  /** What the listeners speak with now. */
  readonly keys: TlsKeys;
  readonly listeners: readonly NetServer[];
  readonly log: ServerLog;
  /** @default {LOOK_MS} */
  readonly lookMs?: number | undefined;
}

/**
 * Lets listeners go on with a new certificate as soon as there is one, without a restart and without closing a
 * connection, until it is disposed of. Files that do not fit, as in the middle of a renewal, change nothing.
 */
export function startTlsRenewal(options: TlsRenewalOptions): Disposable {
  const { files, listeners, log, lookMs = LOOK_MS } = options;
  let keys = options.keys;
  let told: string | undefined;
  const look = () => {
    try {
      const found = readTlsFiles(files);
      told = undefined;
      if (found.cert.equals(keys.cert) && found.key.equals(keys.key)) return;
      for (const listener of listeners) if (listener instanceof TlsServer) listener.setSecureContext(found);
      keys = found;
      log.info('certificate replaced', { certificate: files.certFile });
    } catch (error) {
      const reason = readMessage(error);
      if (reason !== told) log.error('certificate not replaced, the one before is used', { reason });
      told = reason;
    }
  };
  const timer = setInterval(look, lookMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
