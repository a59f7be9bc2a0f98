import type { GuestExecResult } from '../../qemu/guest-exec.ts';
import { DriverError } from '../errors.ts';
import type { ExecTarget } from './conversation.ts';
import { requireGuestAgent } from './require-guest-agent.ts';

/** What `timeout` of coreutils ends with. */
const TIMED_OUT = 124;

/**
 * Runs a command of Nomad's own in the guest: a script check, or a template's change script.
 *
 * @param timeoutMs after which the command is ended; undefined for none. It then counts as failed with 124.
 */
export async function execOnce(
  target: ExecTarget,
  [path, ...args]: readonly string[],
  timeoutMs: number | undefined,
  signal: AbortSignal,
): Promise<GuestExecResult> {
  if (path === undefined)
    throw new DriverError('unsupported', 'Cannot run a command in the VM: none was given');
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const deadline = timeout === undefined ? signal : AbortSignal.any([signal, timeout]);
  try {
    await requireGuestAgent(target, deadline);
    return await target.vm.guestAgent.exec({ path, args }, { signal: deadline });
  } catch (error) {
    signal.throwIfAborted();
    if (timeout?.aborted !== true) throw error;
    // Nomad shows standard output only.
    const stdout = Buffer.from(`"${path}" was ended: it took longer than ${timeoutMs} ms\n`);
    return { exitCode: TIMED_OUT, stdout, stderr: Buffer.alloc(0), isTruncated: false };
  }
}
