import { setTimeout as delay } from 'node:timers/promises';
import { QmpCommandError } from './qmp-connection.ts';
import { toRecord } from './unknown-record.ts';

/** What these need of a VM. */
export interface QmpPeer {
  command(name: string, signal: AbortSignal): Promise<void>;
  query(name: string, args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
}

/** What qemu says of its guest (qapi/run-state.json, RunState): those that matter here, and `other`. */
export type RunState = (typeof RUN_STATES)[number] | 'other';

const RUN_STATES = ['running', 'paused', 'shutdown', 'guest-panicked', 'internal-error', 'io-error'] as const;

/** How often a VM that was reset is told to go on; qemu resets it a moment after it has said so. */
const POWER_ON_TRIES = 50;
const POWER_ON_PAUSE_MS = 20;

/** @throws QemuError, or the signal's reason. */
export async function readRunState(vm: Pick<QmpPeer, 'query'>, signal: AbortSignal): Promise<RunState> {
  const status = toRecord(await vm.query('query-status', {}, signal))?.['status'];
  return RUN_STATES.find(state => state === status) ?? 'other';
}

/** Whether the guest can no longer do anything by itself, so that asking it is in vain. */
export function isGuestOff(state: RunState): boolean {
  return state === 'shutdown' || state === 'guest-panicked' || state === 'internal-error';
}

/**
 * Starts a guest that is off, or that has crashed, from its firmware on.
 *
 * @throws QemuError, or the signal's reason.
 */
export async function powerOn(vm: QmpPeer, signal: AbortSignal): Promise<void> {
  await vm.command('system_reset', signal);
  for (let tries = 1; ; tries += 1) {
    try {
      return await vm.command('cont', signal);
    } catch (error) {
      // "Resetting the Virtual Machine is required": the reset is still to come.
      if (!(error instanceof QmpCommandError) || tries === POWER_ON_TRIES) throw error;
    }
    await delay(POWER_ON_PAUSE_MS, undefined, { signal });
  }
}

/**
 * Makes a VM ready to be stopped: from here on qemu exits when its guest powers off, even if nobody is connected then,
 * and a paused guest goes on, or it could not shut down. One that qemu paused as its disk failed or had no room may have it
 * again; if not, qemu pauses it once more.
 *
 * @returns the state before; `other` when qemu does not say.
 */
export async function prepareStop(vm: QmpPeer, signal: AbortSignal): Promise<RunState> {
  try {
    await vm.query('set-action', { shutdown: 'poweroff' }, signal);
    const state = await readRunState(vm, signal);
    if (state === 'paused' || state === 'io-error') await vm.command('cont', signal);
    return state;
  } catch {
    // A qemu that does not answer: the ladder meets it again, and ends with SIGKILL.
    return 'other';
  }
}
