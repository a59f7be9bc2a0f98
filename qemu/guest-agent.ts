import { setTimeout as delay } from 'node:timers/promises';
import { deadlineSignal } from './abortable.ts';
import { QemuError } from './errors.ts';
import { type GuestAgentSession, withGuestAgent } from './guest-agent-session.ts';
import {
  buildGuestExec,
  type GuestCommand,
  type GuestExecResult,
  parseGuestExecStatus,
} from './guest-exec.ts';
import { type GuestInterface, parseGuestInterfaces } from './guest-interfaces.ts';
import { toRecord } from './unknown-record.ts';

/** How long one call may take, besides the caller's own signal. */
export interface GuestAgentWait {
  readonly signal?: AbortSignal;
  /** @default {5_000} */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** guest-shutdown is answered only when it fails. */
const REFUSAL_MS = 250;
/** Most commands end at once; for those the socket is kept. */
const QUICK_POLL_MS = 10;
const QUICK_POLLS = 20;
const SLOW_POLL_MS = 250;

/**
 * qemu-guest-agent in one guest. Calls wait for one another; each has a connection of its own, so that several
 * GuestAgents on one socket, and a driver that was restarted, get along.
 *
 * Every method throws QemuError `agent-failed` when the agent refuses or does not answer in time, and the reason of the
 * caller's signal.
 */
export class GuestAgent {
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  /** @param path the socket behind the port `org.qemu.guest_agent.0`. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Returns when the agent has answered. */
  async ping(wait?: GuestAgentWait): Promise<void> {
    await this.#call('guest-ping', {}, wait);
  }

  /** Asks the guest to power off. Returns when it has not refused; that it will obey is another matter. */
  async shutdown(wait?: GuestAgentWait): Promise<void> {
    await this.#queue('guest-shutdown', wait, async ({ call }) => {
      const refusal = call('guest-shutdown', { mode: 'powerdown' });
      const silence = new AbortController();
      try {
        await Promise.race([refusal, delay(REFUSAL_MS, undefined, { signal: silence.signal })]);
      } finally {
        silence.abort();
        // Hanging up ends a wait for an answer that never comes.
        refusal.catch(() => undefined);
      }
    });
  }

  /** The guest's interfaces, `lo` included. */
  async networkInterfaces(wait?: GuestAgentWait): Promise<readonly GuestInterface[]> {
    return parseGuestInterfaces(await this.#call('guest-network-get-interfaces', {}, wait));
  }

  /**
   * Runs a command in the guest until it ends. Others may use the agent meanwhile.
   *
   * @param wait.timeoutMs for each single answer; a limit for the whole command is the signal's business. Nothing stops
   *   the command in the guest when the signal aborts.
   */
  async exec(command: GuestCommand, wait: GuestAgentWait = {}): Promise<GuestExecResult> {
    const started = await this.#queue('guest-exec', wait, session => startCommand(session, command));
    let { result } = started;
    while (result === undefined) {
      await delay(SLOW_POLL_MS, undefined, wait.signal === undefined ? {} : { signal: wait.signal });
      result = parseGuestExecStatus(await this.#call('guest-exec-status', { pid: started.pid }, wait));
    }
    return result;
  }

  #call(command: string, args: Readonly<Record<string, unknown>>, wait?: GuestAgentWait): Promise<unknown> {
    return this.#queue(command, wait, session => session.call(command, args));
  }

  #queue<T>(
    command: string,
    wait: GuestAgentWait = {},
    work: (session: GuestAgentSession) => Promise<T>,
  ): Promise<T> {
    const call = this.#last.then(() => this.#run(command, wait, work));
    // The next one waits for this one's end, whatever that was.
    this.#last = call.catch(() => undefined);
    return call;
  }

  async #run<T>(
    command: string,
    { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: GuestAgentWait,
    work: (session: GuestAgentSession) => Promise<T>,
  ): Promise<T> {
    const deadline = deadlineSignal(signal, timeoutMs);
    try {
      return await withGuestAgent(this.#path, deadline, work);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof QemuError) throw cause;
      const reason = deadline.aborted
        ? `no answer within ${timeoutMs} ms; install and start qemu-guest-agent in the guest`
        : String(cause);
      throw new QemuError('agent-failed', `Cannot run guest agent command "${command}": ${reason}`, {
        cause,
      });
    }
  }
}

async function startCommand(
  { call, signal }: GuestAgentSession,
  command: GuestCommand,
): Promise<{ readonly pid: unknown; readonly result: GuestExecResult | undefined }> {
  const pid = toRecord(await call('guest-exec', buildGuestExec(command)))?.pid;
  for (let polls = 0; polls < QUICK_POLLS; polls += 1) {
    const result = parseGuestExecStatus(await call('guest-exec-status', { pid }));
    if (result !== undefined) return { pid, result };
    await delay(QUICK_POLL_MS, undefined, { signal });
  }
  return { pid, result: undefined };
}
