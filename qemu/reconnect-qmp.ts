import { setTimeout as delay } from 'node:timers/promises';
import { connectQmp, type QmpConnection } from './qmp-connection.ts';

const TRY_MS = 2_000;
/** Pauses grow by half; a qemu that hangs for hours is asked twice a minute. */
const PAUSE_MS = { first: 250, most: 30_000 };

/**
 * The connections to one qemu, each after the end of the one before: it may be stalled by its host's disk, still serve
 * a client that is about to go, or have said what is no QMP. Pauses begin anew only after a connection that has lasted.
 *
 * @param first the connection that is open already, if there is one.
 * @param signal ends it, once the caller has closed the connection that is open then.
 */
export async function* reconnectQmp(
  path: string,
  first: QmpConnection | undefined,
  signal: AbortSignal,
): AsyncGenerator<QmpConnection, void> {
  let pauseMs = PAUSE_MS.first;
  let qmp = first;
  do {
    if (qmp !== undefined) {
      const openedAtMs = performance.now();
      yield qmp;
      await qmp.closed;
      if (performance.now() - openedAtMs > PAUSE_MS.most) pauseMs = PAUSE_MS.first;
    }
    // The loop's condition tells that the signal has aborted.
    await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 1.5, PAUSE_MS.most);
    qmp = await tryToConnect(path, signal);
  } while (qmp !== undefined || !signal.aborted);
}

async function tryToConnect(path: string, signal: AbortSignal): Promise<QmpConnection | undefined> {
  try {
    return await connectQmp(path, { signal, timeoutMs: TRY_MS });
  } catch {
    // It still does not answer, or the signal has aborted.
    return undefined;
  }
}
