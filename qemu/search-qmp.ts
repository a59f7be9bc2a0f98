import { setTimeout as delay } from 'node:timers/promises';
import { connectQmp, type QmpConnection } from './qmp-connection.ts';

const TRY_MS = 2_000;
/** Pauses grow by half; a qemu that hangs for hours is asked twice a minute. */
const PAUSE_MS = { first: 250, most: 30_000 };

/**
 * Asks a qemu again and again that did not answer on its QMP socket: it may be stalled by its host's disk, or still
 * serve a client that is about to go.
 *
 * @returns undefined when the signal aborts first.
 */
export async function searchQmp(path: string, signal: AbortSignal): Promise<QmpConnection | undefined> {
  for (let pauseMs = PAUSE_MS.first; !signal.aborted; pauseMs = Math.min(pauseMs * 1.5, PAUSE_MS.most)) {
    try {
      await delay(pauseMs, undefined, { signal, ref: false });
      return await connectQmp(path, { signal, timeoutMs: TRY_MS });
    } catch {
      // It still does not answer, or the signal has aborted: the loop's condition tells.
    }
  }
  return undefined;
}
