import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { abortable, deadlineSignal } from './abortable.ts';
import { QemuError } from './errors.ts';
import { type GuestAgentSession, withGuestAgent } from './guest-agent-session.ts';
import {
  buildGuestExec,
  type GuestCommand,
  type GuestExecResult,
  parseGuestExecStatus,
} from './guest-exec.ts';
import { parseEnabledCommands } from './guest-info.ts';
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
/** How long an order to shut down waits for its turn: an agent that is well answers within milliseconds. */
const PATIENCE_MS = 250;
/** Most commands end at once; for those the socket is kept. */
const QUICK_POLL_MS = 10;
const QUICK_POLLS = 20;
const SLOW_POLL_MS = 250;
const TERMINATE_MS = 1_000;

/**
 * qemu-guest-agent in one guest. Calls wait for one another; each has a connection of its own, so that several
 * GuestAgents on one socket, and a driver that was restarted, get along.
 *
 * Every method throws QemuError `agent-failed` when the agent refuses or does not answer in time, `agent-closed` when the
 * line ends, and the reason of the
 * caller's signal.
 */
export class GuestAgent {
  /** Tells what is left in the guest by whoever uses this from what others left. */
  readonly owner = randomBytes(6).toString('hex');
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();
  /** Ends the conversation under way and those that wait for it. */
  #giveUp = new AbortController();

  /** @param path the socket behind the port `org.qemu.guest_agent.0`. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Returns when the agent has answered. */
  async ping(wait?: GuestAgentWait): Promise<void> {
    await this.#call('guest-ping', {}, wait);
  }

  /**
   * Asks the guest to power off. Returns when it has not refused; that it will obey is another matter. What the agent
   * is slow to answer to others is given up first.
   */
  async shutdown(wait?: GuestAgentWait): Promise<void> {
    await this.#goAhead();
    await this.converse('guest-shutdown', wait, async ({ call }) => {
      const refusal = call('guest-shutdown', { mode: 'powerdown' }).catch((error: unknown) => {
        // A guest that is quick takes qemu and this line with it before the silence is over.
        if (!(error instanceof QemuError && error.code === 'agent-closed')) throw error;
      });
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

  /** Names of the commands that the agent would carry out. */
  async enabledCommands(wait?: GuestAgentWait): Promise<ReadonlySet<string>> {
    return parseEnabledCommands(await this.#call('guest-info', {}, wait));
  }

  /**
   * Runs a command in the guest until it ends. Others may use the agent meanwhile. When the signal aborts, the command
   * is asked to end by SIGTERM; what it started itself may go on.
   *
   * @param wait.timeoutMs for each single answer; a limit for the whole command is the signal's business.
   */
  async exec(command: GuestCommand, wait: GuestAgentWait = {}): Promise<GuestExecResult> {
    const process: { pid: unknown } = { pid: undefined };
    try {
      let result = await this.converse('guest-exec', wait, session =>
        startCommand(session, command, pid => {
          process.pid = pid;
        }),
      );
      while (result === undefined) {
        await delay(SLOW_POLL_MS, undefined, wait.signal === undefined ? {} : { signal: wait.signal });
        result = parseGuestExecStatus(await this.#call('guest-exec-status', { pid: process.pid }, wait));
      }
      return result;
    } catch (error) {
      if (wait.signal?.aborted && process.pid !== undefined) await this.#terminate(process.pid);
      throw error;
    }
  }

  /** Best effort: the agent has no command for it, and the guest may have no "kill". */
  async #terminate(pid: unknown): Promise<void> {
    const args = { path: 'kill', arg: ['-TERM', String(pid)] };
    await this.#call('guest-exec', args, { timeoutMs: TERMINATE_MS }).catch(() => undefined);
  }

  /**
   * Has a longer conversation with the agent, while which nobody else has one: keep it short.
   *
   * @param what for messages: the main command of it.
   */
  converse<T>(
    what: string,
    wait: GuestAgentWait = {},
    work: (session: GuestAgentSession) => Promise<T>,
  ): Promise<T> {
    const giveUp = this.#giveUp.signal;
    const signal = wait.signal === undefined ? giveUp : AbortSignal.any([wait.signal, giveUp]);
    const turn = abortable(this.#last, signal);
    const call = turn.then(() => this.#run(what, { ...wait, signal }, work));
    // The next one waits for this one's end, whatever that was, and for those before it.
    const settled = call.catch(() => undefined);
    this.#last = Promise.all([this.#last, settled]);
    return call;
  }

  async #goAhead(): Promise<void> {
    const timer = new AbortController();
    const patience = delay(PATIENCE_MS, false, { signal: timer.signal }).catch(() => true);
    const isMyTurn = await Promise.race([this.#last.then(() => true), patience]);
    timer.abort();
    if (isMyTurn) return;
    this.#giveUp.abort(
      new QemuError('agent-failed', 'Cannot wait for the guest agent: its guest is told to shut down'),
    );
    this.#giveUp = new AbortController();
  }

  #call(command: string, args: Readonly<Record<string, unknown>>, wait?: GuestAgentWait): Promise<unknown> {
    return this.converse(command, wait, session => session.call(command, args));
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
  onStart: (pid: unknown) => void,
): Promise<GuestExecResult | undefined> {
  const pid = toRecord(await call('guest-exec', buildGuestExec(command)))?.pid;
  onStart(pid);
  for (let polls = 0; polls < QUICK_POLLS; polls += 1) {
    const result = parseGuestExecStatus(await call('guest-exec-status', { pid }));
    if (result !== undefined) return result;
    await delay(QUICK_POLL_MS, undefined, { signal });
  }
  return undefined;
}
