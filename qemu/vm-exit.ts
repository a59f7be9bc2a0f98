import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isProcessAlive, type ProcessIdentity, readBootId } from './process-identity.ts';

/** How qemu ended. */
export type VmExit =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: number }
  /** Nobody recorded it: the wrapper was killed too. */
  | { readonly kind: 'unrecorded' }
  /** Nobody recorded it, and the host has been started anew since. */
  | { readonly kind: 'host-rebooted' };

/** How long a file that is about to appear is looked for at this pace, before the pace slows down. */
const QUICK_LOOK_MS = 10;
const SLOW_LOOK_MS = 500;
const QUICK_LOOKS = 100;

/**
 * Waits until qemu has ended and says how.
 *
 * @param hint settles when an end is likely (qemu's QMP socket closed): only then the file is looked at often. Without
 *   one, it is looked at twice a second.
 */
export async function waitForVmExit(
  vm: { readonly exitStatusPath: string; readonly wrapper: ProcessIdentity },
  hint: Promise<unknown> | undefined,
  signal: AbortSignal,
): Promise<VmExit> {
  if (hint !== undefined) await Promise.race([hint, rejectOnAbort(signal)]);
  for (let looks = 0; ; looks += 1) {
    const isOver = !isProcessAlive(vm.wrapper);
    const exit = readExitStatus(vm.exitStatusPath);
    if (exit !== undefined) return exit;
    if (isOver) return { kind: vm.wrapper.bootId === readBootId() ? 'unrecorded' : 'host-rebooted' };
    const isQuick = hint !== undefined && looks < QUICK_LOOKS;
    await delay(isQuick ? QUICK_LOOK_MS : SLOW_LOOK_MS, undefined, { signal });
  }
}

/** Reads what the wrapper recorded; undefined while qemu runs. */
export function readExitStatus(path: string): VmExit | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch {
    // ENOENT: not yet.
    return undefined;
  }
  const status = Number(text);
  if (text === '' || !Number.isSafeInteger(status)) return { kind: 'unrecorded' };
  return status > 128 ? { kind: 'killed', signal: status - 128 } : { kind: 'exited', exitCode: status };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
