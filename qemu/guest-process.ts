import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { QemuError } from './errors.ts';
import type { GuestAgent, GuestAgentWait } from './guest-agent.ts';
import type { GuestAgentSession } from './guest-agent-session.ts';
import { buildGuestExec, type GuestExecResult, parseGuestExecStatus } from './guest-exec.ts';
import {
  closeGuestFile,
  FIFO_WRITE_BYTES,
  type GuestFileHandle,
  offerToGuestFifo,
  tryOpenGuestFile,
} from './guest-file.ts';
import { GuestOutput } from './guest-output.ts';
import { END_SCRIPT, SCRIPT_UNUSABLE, STREAM_SCRIPT } from './guest-script.ts';
import { buildTerminalCommand, RESIZE_SCRIPT } from './guest-terminal.ts';
import { toRecord } from './unknown-record.ts';

/** Output of a command, or its end, which comes last. */
export type GuestOutputEvent =
  | { readonly kind: 'stdout' | 'stderr'; readonly data: Buffer }
  | { readonly kind: 'exit'; readonly exitCode: number };

/** Time between two looks: short while something happens. */
const SHORTEST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 250;
const FULL_FIFO_MS = 50;
const CLEANUP_MS = 5_000;
/** A look may carry 4 MiB, and an emulated guest is slow. */
const LOOK_TIMEOUT_MS = 15_000;

/** A command that runs in the guest and whose streams are followed meanwhile. */
export class GuestProcess {
  readonly #agent: GuestAgent;
  readonly #folder: string;
  readonly #pid: number;
  readonly #outputs: readonly { readonly kind: 'stdout' | 'stderr'; readonly output: GuestOutput }[];
  #input: GuestFileHandle | undefined;
  #hasEnded = false;
  #hurry: AbortController | undefined;

  private constructor(agent: GuestAgent, folder: string, pid: number, input: GuestFileHandle) {
    this.#agent = agent;
    this.#folder = folder;
    this.#pid = pid;
    this.#input = input;
    this.#outputs = [
      { kind: 'stdout', output: new GuestOutput(`${folder}/out`) },
      { kind: 'stderr', output: new GuestOutput(`${folder}/err`) },
    ];
  }

  /**
   * Starts a command.
   *
   * @param isTerminal whether it gets a terminal, which merges its output into stdout. For guests with HAS_TERMINAL.
   * @returns undefined when this guest cannot run commands so: nothing was started then.
   * @throws QemuError `agent-failed`, or the signal's reason.
   */
  static async start(
    agent: GuestAgent,
    argv: readonly string[],
    wait: GuestAgentWait,
    isTerminal = false,
  ): Promise<GuestProcess | undefined> {
    const folder = `/run/nomad-exec-${agent.owner}-${randomBytes(12).toString('hex')}`;
    const words = isTerminal ? buildTerminalCommand(argv, folder) : argv;
    const command = { path: '/bin/sh', args: ['-c', STREAM_SCRIPT, 'sh', folder, ...words] };
    return agent.converse('guest-exec', wait, async session => {
      const started = await session.call('guest-exec', buildGuestExec(command)).catch(error => {
        session.signal.throwIfAborted();
        if (error instanceof QemuError) return undefined;
        throw error;
      });
      const pid = toRecord(started)?.pid;
      if (typeof pid !== 'number') return undefined;
      const input = await openInput(session, pid, `${folder}/in`);
      if (input === undefined) return undefined;
      // A FIFO that nobody holds open forgets what is in it: ours stays open until the command has its own.
      await untilThere(session, `${folder}/pid`);
      return new GuestProcess(agent, folder, pid, input);
    });
  }

  /** Both streams until the command and all who inherited them have ended, then its exit status. */
  async *output(signal: AbortSignal): AsyncGenerator<GuestOutputEvent, void> {
    let pauseMs = SHORTEST_LOOK_MS;
    let result: GuestExecResult | undefined;
    for (;;) {
      const looked = await this.#look(result, signal);
      for (const { kind, data } of looked.events) yield { kind, data };
      if (looked.events.length > 0) pauseMs = SHORTEST_LOOK_MS;
      // What was written before the end is there now, if this look came after it.
      else if (result !== undefined) break;
      result = looked.result;
      if (result !== undefined || looked.events.length > 0) continue;
      if (await this.#pause(pauseMs, signal)) pauseMs = SHORTEST_LOOK_MS;
      else pauseMs = Math.min(pauseMs * 1.5, LONGEST_LOOK_MS);
    }
    this.#hasEnded = true;
    if (result.stderr.length > 0) yield { kind: 'stderr', data: result.stderr };
    yield { kind: 'exit', exitCode: result.exitCode };
  }

  /** Gives the command input; returns when the guest has taken it all. */
  async write(data: Buffer, signal: AbortSignal): Promise<void> {
    let start = 0;
    while (start < data.length && !this.#hasEnded) {
      const taken = await this.#agent.converse(
        'guest-file-write',
        { signal, timeoutMs: LOOK_TIMEOUT_MS },
        async session => {
          let position = start;
          const until = Math.min(data.length, start + 64 * FIFO_WRITE_BYTES);
          while (position < until) {
            const piece = data.subarray(position, position + FIFO_WRITE_BYTES);
            if (this.#input === undefined || !(await offerToGuestFifo(session, this.#input, piece))) break;
            position += piece.length;
          }
          return position - start;
        },
      );
      start += taken;
      this.#hurry?.abort();
      if (taken === 0) await delay(FULL_FIFO_MS, undefined, { signal });
    }
  }

  /** Tells a command on a terminal how large the user's is. */
  async resize(rows: number, columns: number, signal: AbortSignal): Promise<void> {
    const arg = ['-c', RESIZE_SCRIPT, 'sh', this.#folder, `${rows}`, `${columns}`];
    await this.#agent.converse('guest-exec', { signal }, ({ call }) =>
      call('guest-exec', { path: '/bin/sh', arg }),
    );
  }

  /** The command reads the end of its input after what it was given. */
  async endInput(signal: AbortSignal): Promise<void> {
    const input = this.#input;
    this.#input = undefined;
    if (input === undefined) return;
    await this.#agent.converse('guest-file-close', { signal }, session => closeGuestFile(session, input));
  }

  /** Ends the command if it still runs, and removes what it left behind. Never rejects. */
  async close(): Promise<void> {
    const { path, args } = { path: '/bin/sh', args: ['-c', END_SCRIPT, 'sh', this.#folder, `${this.#pid}`] };
    const cleanup = { path, args: this.#hasEnded ? ['-c', 'rm -rf "$1"', 'sh', this.#folder] : args };
    const signal = AbortSignal.timeout(CLEANUP_MS);
    try {
      await this.endInput(signal);
      await this.#agent.converse('guest-exec', { signal }, async session => {
        for (const { output } of this.#outputs) await output.close(session);
        // Not waited for.
        await session.call('guest-exec', { path: cleanup.path, arg: cleanup.args });
      });
    } catch {
      // The guest or its agent has gone: there is nothing left to clean.
    }
  }

  /** Waits; true when it was cut short because there is an answer to be expected. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    const hurry = new AbortController();
    this.#hurry = hurry;
    try {
      await delay(ms, undefined, { signal: AbortSignal.any([signal, hurry.signal]) });
    } catch {
      signal.throwIfAborted();
    }
    this.#hurry = undefined;
    return hurry.signal.aborted;
  }

  async #look(
    earlier: GuestExecResult | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly events: readonly Stream[]; readonly result: GuestExecResult | undefined }> {
    return this.#agent.converse(
      'guest-exec-status',
      { signal, timeoutMs: LOOK_TIMEOUT_MS },
      async session => {
        // The agent tells an end once.
        const result =
          earlier ?? parseGuestExecStatus(await session.call('guest-exec-status', { pid: this.#pid }));
        const events: Stream[] = [];
        for (const { kind, output } of this.#outputs) {
          const data = await output.read(session);
          if (data.length > 0) events.push({ kind, data });
        }
        return { events, result };
      },
    );
  }
}

/** Waits for the script to make its FIFO; undefined when it cannot. It gets no further before the FIFO is opened. */
async function openInput(
  session: GuestAgentSession,
  pid: number,
  path: string,
): Promise<GuestFileHandle | undefined> {
  for (;;) {
    const handle = await tryOpenGuestFile(session, path, 'r+');
    if (handle !== undefined) return handle;
    const result = parseGuestExecStatus(await session.call('guest-exec-status', { pid }));
    if (result?.exitCode === SCRIPT_UNUSABLE) return undefined;
    if (result !== undefined) throw new QemuError('agent-failed', describeScriptFailure(result));
    await delay(SHORTEST_LOOK_MS, undefined, { signal: session.signal });
  }
}

async function untilThere(session: GuestAgentSession, path: string): Promise<void> {
  for (;;) {
    const handle = await tryOpenGuestFile(session, path, 'r');
    if (handle !== undefined) return closeGuestFile(session, handle);
    await delay(SHORTEST_LOOK_MS, undefined, { signal: session.signal });
  }
}

type Stream = { readonly kind: 'stdout' | 'stderr'; readonly data: Buffer };

function describeScriptFailure({ exitCode, stderr }: GuestExecResult): string {
  return `Cannot run a command in the guest: its shell ended with ${exitCode}: ${stderr.toString().trim()}`;
}
