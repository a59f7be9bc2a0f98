import { lacksAgent } from '../../qemu/agent-port.ts';
import { DriverError } from '../errors.ts';
import type { ExecTarget } from './conversation.ts';

/** Of the whole look; a user waits for it. */
const LOOK_MS = 2_500;
const CONSOLE_ADVICE = 'use "nomad alloc exec -it ALLOC console"';

/**
 * Makes sure that there is an agent that runs commands.
 *
 * @returns the names of what it would carry out.
 * @throws DriverError within 3 s, with what to do, or the signal's reason.
 */
export async function requireGuestAgent(
  { vm, hasGuestAgent }: ExecTarget,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (!hasGuestAgent) {
    throw refusal(
      'unsupported',
      `its job has guest_agent = false; remove that and start it again, or ${CONSOLE_ADVICE}`,
    );
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
  const enabled = await look(vm, deadline);
  signal.throwIfAborted();
  if (enabled === undefined) {
    throw refusal(
      'vm-failed',
      `no guest agent answers in this VM; install qemu-guest-agent in the guest, or ${CONSOLE_ADVICE}`,
    );
  }
  if (!enabled.has('guest-exec') || !enabled.has('guest-exec-status')) {
    throw refusal(
      'unsupported',
      "the settings of its guest agent block guest-exec, as RHEL's do; allow it in the guest's " +
        `/etc/sysconfig/qemu-ga, or ${CONSOLE_ADVICE}`,
    );
  }
  return enabled;
}

/** Undefined when nobody answers. */
async function look(vm: ExecTarget['vm'], signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  try {
    // qemu knows at once when nobody has opened the port; without QMP the agent itself tells.
    if (await lacksAgent(vm, signal)) return undefined;
    return await vm.guestAgent.enabledCommands({ signal, timeoutMs: LOOK_MS });
  } catch {
    // QemuError, or the deadline: the caller's own signal is looked at by the caller.
    return undefined;
  }
}

function refusal(code: 'unsupported' | 'vm-failed', reason: string): DriverError {
  return new DriverError(code, `Cannot run a command in the VM: ${reason}`);
}
