import { lacksAgent } from '../../qemu/agent-port.ts';
import { type RunState, readRunState } from '../../qemu/run-state.ts';
import { DriverError } from '../errors.ts';
import type { ExecTarget } from './conversation.ts';

/** For qemu, then for the agent, which may be busy with other commands first; a user waits for it. */
const LOOK_MS = 2_500;
const CONSOLE_ADVICE = 'use "nomad alloc exec -i -t ALLOC console"';
const GO_ON = '"nomad alloc signal -s SIGCONT ALLOC"';

/** Why no agent can answer, however well it is. */
const STANDSTILLS: Partial<Record<RunState, string>> = {
  paused: `the VM is paused; let it go on by ${GO_ON}`,
  'io-error': `the VM is paused, as the host cannot read or write its disk; make room, then let it go on by ${GO_ON}`,
  shutdown: `the VM is off; where its job holds it, ${GO_ON} switches it on`,
  'guest-panicked': 'its guest has crashed; start it anew by "nomad alloc restart ALLOC"',
  'internal-error': 'its guest has crashed; start it anew by "nomad alloc restart ALLOC"',
};

/**
 * Makes sure that there is an agent that runs commands.
 *
 * @returns the names of what it would carry out.
 * @throws DriverError with what to do, or the signal's reason.
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
  const standstill = STANDSTILLS[await readRunState(vm, deadline).catch(() => 'other' as const)];
  if (standstill !== undefined) throw refusal('vm-failed', standstill);
  const enabled = await look(vm, signal, deadline);
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
async function look(
  vm: ExecTarget['vm'],
  signal: AbortSignal,
  deadline: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    // qemu knows at once when nobody has opened the port; without QMP the agent itself tells.
    if (await lacksAgent(vm, deadline)) return undefined;
    return await vm.guestAgent.enabledCommands({ signal, timeoutMs: LOOK_MS });
  } catch {
    // QemuError: the caller's own signal is looked at by the caller.
    return undefined;
  }
}

function refusal(code: 'unsupported' | 'vm-failed', reason: string): DriverError {
  return new DriverError(code, `Cannot run a command in the VM: ${reason}`);
}
