import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Why qemu ended, or was about to. The first are qemu's own (qapi/run-state.json, ShutdownCause); `internal-error`
 * is a run state: KVM could not go on with the guest.
 */
export type ShutdownCause = (typeof CAUSES)[number] | 'internal-error';

/** In the order of qemu's numbers, which is what it traces; unchanged from 3.0 to 7.2, where one was added at the end. */
const CAUSES = [
  'none',
  'host-error',
  'host-qmp-quit',
  'host-qmp-system-reset',
  'host-signal',
  'host-ui',
  'guest-shutdown',
  'guest-reset',
  'guest-panic',
  'subsystem-reset',
  'snapshot-load',
] as const;

/** What qemu left behind about its end. */
export interface ShutdownRecord {
  readonly cause: ShutdownCause;
  /** The signal that told qemu to end, where it was one. */
  readonly signal?: number;
}

/** The end of a trace is enough: a guest that powers off again and again makes it long. */
const TAIL_BYTES = 4096;

/**
 * What qemu recorded of its own end, with nobody connected: its trace, and its last words on a signal.
 *
 * @param heard the reason of its SHUTDOWN event, for builds whose trace backend writes no text.
 * @returns undefined when it told nothing, as when it crashed.
 */
export function readShutdownRecord(
  files: { readonly shutdownTrace: string; readonly qemuLog: string },
  heard?: string,
): ShutdownRecord | undefined {
  const cause = CAUSES.find(known => known === heard);
  const recorded = parseShutdownRecord(readTail(files.shutdownTrace), readTail(files.qemuLog));
  return recorded ?? (cause === undefined ? undefined : { cause });
}

/**
 * The events `qemu_system_shutdown_request` and `runstate_set`, as qemu's trace backend "log" writes them (7.2). A guest
 * that had gone before qemu was told to quit is the cause, not the quitting.
 */
export function parseShutdownRecord(trace: string, qemuLog: string): ShutdownRecord | undefined {
  // A signal leaves no trace event; qemu prints a line as it obeys, and nothing can come after.
  const signal = [...qemuLog.matchAll(/terminating on signal (\d+)/g)].at(-1)?.[1];
  if (signal !== undefined) return { cause: 'host-signal', signal: Number(signal) };
  let state = '';
  let cause: ShutdownCause | undefined;
  for (const line of trace.split('\n')) {
    const request = /\bqemu_system_shutdown_request reason=(\d+)/.exec(line)?.[1];
    if (request !== undefined) cause = causeOf(CAUSES[Number(request)], state);
    state = /\brunstate_set .*new_state \d+ \(([a-z-]+)\)/.exec(line)?.[1] ?? state;
  }
  return cause === undefined ? undefined : { cause };
}

function causeOf(cause: ShutdownCause | undefined, state: string): ShutdownCause | undefined {
  if (cause !== 'host-qmp-quit') return cause;
  switch (state) {
    case 'shutdown':
      return 'guest-shutdown';
    case 'guest-panicked':
      return 'guest-panic';
    case 'internal-error':
      return 'internal-error';
    default:
      return cause;
  }
}

function readTail(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // ENOENT: qemu never got so far, or was started by a plugin that asked for no trace.
    return '';
  }
  try {
    const tail = Buffer.alloc(TAIL_BYTES);
    const from = Math.max(0, fstatSync(file).size - TAIL_BYTES);
    return tail.toString('latin1', 0, readSync(file, tail, 0, TAIL_BYTES, from));
  } finally {
    closeSync(file);
  }
}
