import { setTimeout as delay } from 'node:timers/promises';
import { SharedConsole } from './console-attachment.ts';
import { QemuError } from './errors.ts';
import { GuestAgent } from './guest-agent.ts';
import {
  isProcessAlive,
  type ProcessIdentity,
  signalProcess,
  signalProcessGroup,
} from './process-identity.ts';
import { connectQmp, type QmpConnection } from './qmp-connection.ts';
import { QmpLink, type QmpSession } from './qmp-link.ts';
import type { StopAction, StopRung } from './stop-ladder.ts';
import { type VmExit, waitForVmExit } from './vm-exit.ts';
import type { VmFiles } from './vm-files.ts';

/** All that is needed to find a running VM again: plain data, kept by whoever must survive. */
export interface VmHandle {
  readonly files: VmFiles;
  readonly wrapper: ProcessIdentity;
  readonly qemu: ProcessIdentity;
}

/** A stalled qemu must not hold up the recovery of the tasks behind it. */
const RECONNECT_MS = 2_000;
/** How long the end of a VM may take to show after an order to it has failed. */
const ENDING_MS = 300;
/** For the guest agent or qemu to take an order: seconds on a loaded host, and no longer, as the next rung waits. */
const ORDER_MS = 4_000;

/** One VM that was started, by us or by a plugin process before us. Closing it leaves the VM running. */
export class Vm {
  readonly handle: VmHandle;
  /** Settles when qemu has ended; rejects only after `close`. */
  readonly exit: Promise<VmExit>;
  /** The agent in the guest; one for all of this process, as its socket serves one caller at a time. */
  readonly guestAgent: GuestAgent;
  /** The serial console, for users; the log of it is written whether anybody is attached or not. */
  readonly console: SharedConsole;
  readonly #qmp: QmpLink;
  readonly #life = new AbortController();
  #shutdownReason: string | undefined;

  /** @param qmp undefined where qemu did not answer yet: it is asked again while the VM runs. */
  constructor(handle: VmHandle, qmp: QmpConnection | undefined) {
    this.handle = handle;
    this.guestAgent = new GuestAgent(handle.files.guestAgentSocket);
    this.console = new SharedConsole(handle.files);
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#life.signal, ended.signal]);
    this.#qmp = new QmpLink(handle.files.qmpSocket, qmp, signal);
    this.exit = waitForVmExit(handle, this.#qmp, this.#life.signal);
    const end = () => ended.abort();
    // Whoever waits for the exit handles the rejection after close.
    this.exit.then(end, end);
    void this.#noteShutdown();
  }

  /**
   * What qemu reports while it runs: the current connection to it first, another one each time that one was lost. Ends
   * with the VM or with `close`.
   */
  sessions(): AsyncIterable<QmpSession> {
    return this.#qmp.sessions();
  }

  /** qemu's word for why it shut down, such as `guest-shutdown` or `host-qmp-quit`; undefined if it never said. */
  get shutdownReason(): string | undefined {
    return this.#shutdownReason;
  }

  /**
   * Climbs down the ladder until the VM has ended.
   *
   * @param told of each rung before it is tried, and of the reason when it could not be.
   */
  async stop(
    ladder: readonly StopRung[],
    told: {
      readonly onTry: (action: StopAction) => void;
      readonly onFailure: (action: StopAction, failure: unknown) => void;
    },
  ): Promise<void> {
    const startedAt = performance.now();
    const remainingMs = (rung: StopRung) =>
      Math.max(1, Math.round(rung.waitUntilMs - (performance.now() - startedAt)));
    for (const [index, rung] of ladder.entries()) {
      if (!isProcessAlive(this.handle.qemu)) break;
      const mayBeEnding = index > 0 && rung.action !== 'sigkill' && this.#qmp.isLost;
      if (mayBeEnding && (await this.#endsUnheard(remainingMs(rung)))) break;
      told.onTry(rung.action);
      try {
        await this.#act(rung.action, remainingMs(rung));
      } catch (failure) {
        // A qemu that is on its way out answers nobody: what was tried before is what ended it.
        if (this.#qmp.isLost ? await this.#endsUnheard(remainingMs(rung)) : await this.#endsWithin(ENDING_MS))
          break;
        told.onFailure(rung.action, failure);
        continue;
      }
      if (await this.#endsWithin(remainingMs(rung))) break;
    }
    signalProcess(this.handle.qemu, 'SIGKILL');
    await this.exit;
  }

  /**
   * Runs a QMP command that has neither arguments nor an answer.
   *
   * @throws QemuError, or the signal's reason.
   */
  async command(name: string, signal: AbortSignal): Promise<void> {
    await this.#qmp.execute(name, {}, signal);
  }

  /**
   * Asks qemu something by QMP.
   *
   * @returns its answer, to be parsed by the caller.
   * @throws QemuError, or the signal's reason.
   */
  async query(
    command: string,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    return this.#qmp.execute(command, args, signal);
  }

  /** Kills qemu and its wrapper at once, whatever they are doing. */
  destroy(): void {
    signalProcess(this.handle.qemu, 'SIGKILL');
    signalProcessGroup(this.handle.wrapper, 'SIGKILL');
  }

  /** Lets go of the VM without touching it. */
  close(): void {
    this.#life.abort();
    this.console.close();
  }

  async #noteShutdown(): Promise<void> {
    for await (const session of this.sessions()) {
      for await (const { event, data } of session.events()) {
        if (event === 'SHUTDOWN' && typeof data['reason'] === 'string') this.#shutdownReason = data['reason'];
      }
    }
  }

  async #act(action: StopAction, remainingMs: number): Promise<void> {
    const signal = AbortSignal.timeout(Math.min(remainingMs, ORDER_MS));
    switch (action) {
      case 'guest-agent':
        return this.guestAgent.shutdown({ signal });
      case 'acpi-powerdown':
        return this.command('system_powerdown', signal);
      case 'qmp-quit':
        return this.#quit(signal);
      case 'sigkill':
        signalProcess(this.handle.qemu, 'SIGKILL');
        return;
    }
  }

  async #quit(signal: AbortSignal): Promise<void> {
    try {
      await this.command('quit', signal);
    } catch (error) {
      // qemu may be gone before its answer is (ECONNRESET, seen with 7.2): that is what was asked for.
      if (!(error instanceof QemuError && error.code === 'qmp-closed')) throw error;
    }
  }

  /** A qemu that hung up is about to end, unless it can be talked to again. */
  #endsUnheard(ms: number): Promise<boolean> {
    return this.#endsWithin(ms, this.#qmp.opened);
  }

  async #endsWithin(ms: number, unless?: Promise<void>): Promise<boolean> {
    const timer = new AbortController();
    const timeout = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
    const hasEnded = await Promise.race([
      this.exit.then(() => true),
      ...[timeout, unless ?? timeout].map(wait => wait.then(() => false)),
    ]);
    timer.abort();
    return hasEnded;
  }
}

/** Finds a VM again that an earlier process started; it may have ended meanwhile, then `exit` settles at once. */
export async function reattachVm(handle: VmHandle): Promise<Vm> {
  if (!isProcessAlive(handle.qemu)) return new Vm(handle, undefined);
  const signal = AbortSignal.timeout(RECONNECT_MS);
  const qmp = await connectQmp(handle.files.qmpSocket, { signal }).catch(() => undefined);
  return new Vm(handle, qmp);
}
