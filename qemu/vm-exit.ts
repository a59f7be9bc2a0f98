import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { abortable } from './abortable.ts';
import { isProcessAlive, type ProcessIdentity, readBootId } from './process-identity.ts';
import type { VmFiles } from './vm-files.ts';

/** How qemu ended. */
export type VmExit =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: number }
  /** Nobody recorded it: the wrapper was killed too, or could write nowhere. */
  | { readonly kind: 'unrecorded' }
  /** Nobody recorded it, and the host has been started anew since. */
  | { readonly kind: 'host-rebooted' };

/** Where the wrapper records it, the first choice first. */
export type ExitFiles = Pick<VmFiles, 'exitStatus' | 'spareExitStatus'>;

/** How long a file that is about to appear is looked for at this pace, before the pace slows down. */
const QUICK_LOOK_MS = 10;
const SLOW_LOOK_MS = 500;
const QUICK_LOOKS = 100;

/**
 * Waits until qemu has ended and says how.
 *
 * @param qmp a connection that is over makes an end likely: only then the file is looked at often. Without one, it is
 *   looked at twice a second.
 */
export async function waitForVmExit(
  vm: { readonly files: ExitFiles; readonly wrapper: ProcessIdentity },
  qmp: { readonly closed: Promise<unknown> | undefined },
  signal: AbortSignal,
): Promise<VmExit> {
  let quickLooks = 0;
  for (;;) {
    const { closed } = qmp;
    if (closed !== undefined) {
      await abortable(closed, signal);
      quickLooks = QUICK_LOOKS;
    }
    const isOver = !isProcessAlive(vm.wrapper);
    const exit = readExitStatus(vm.files);
    if (exit !== undefined) return exit;
    if (isOver) return { kind: vm.wrapper.bootId === readBootId() ? 'unrecorded' : 'host-rebooted' };
    await delay(quickLooks > 0 ? QUICK_LOOK_MS : SLOW_LOOK_MS, undefined, { signal });
    quickLooks -= 1;
  }
}

/** Reads what the wrapper recorded; undefined while qemu runs. */
export function readExitStatus(files: ExitFiles): VmExit | undefined {
  const text = readRecorded(files.exitStatus) ?? readRecorded(files.spareExitStatus);
  if (text === undefined) return undefined;
  const status = Number(text);
  if (text === '' || !Number.isSafeInteger(status)) return { kind: 'unrecorded' };
  return status > 128 ? { kind: 'killed', signal: status - 128 } : { kind: 'exited', exitCode: status };
}

function readRecorded(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // ENOENT: not yet, or not here.
    return undefined;
  }
}
