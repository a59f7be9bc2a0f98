import type { Socket } from 'node:net';
import { abortable, deadlineSignal } from './abortable.ts';
import { connectSocket } from './connect-socket.ts';
import { QemuError } from './errors.ts';
import { EventQueue } from './event-queue.ts';
import { parseQmpMessage, type QmpEvent, type QmpMessage } from './qmp-message.ts';
import { readLines } from './read-lines.ts';

export type { QmpEvent } from './qmp-message.ts';

/** How long a wait for qemu may last, besides the caller's own signal. */
export interface QmpWait {
  readonly signal?: AbortSignal;
  /** @default {10_000} */
  readonly timeoutMs?: number;
}

/** qemu understood a command and refused it. */
export class QmpCommandError extends QemuError {
  /** Such as `GenericError`, `CommandNotFound` or `DeviceNotFound`. */
  readonly errorClass: string;
  /** qemu's own words. */
  readonly description: string;

  constructor(command: string, errorClass: string, description: string) {
    super('qmp-failed', `Cannot run QMP command "${command}": ${errorClass}: ${description}`);
    this.errorClass = errorClass;
    this.description = description;
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** The longest answer known, query-qmp-schema, has some 200 KiB. */
const MAX_LINE_BYTES = 1024 * 1024;
const EVENT_CAPACITY = 1000;

/**
 * Connects to qemu's QMP socket and negotiates. The socket serves one client at a time: a second one is accepted but
 * hears nothing, so the handshake has a deadline.
 *
 * @throws QemuError `qmp-closed` or `qmp-failed`, the system's error (ENOENT: no socket yet), or the signal's reason.
 */
export async function connectQmp(path: string, options: QmpWait = {}): Promise<QmpConnection> {
  const signal = deadlineSignal(options.signal, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const connection = new QmpConnection(await connectSocket(path, signal));
  try {
    await connection.negotiate(signal);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A conversation with one qemu. Never reconnects; whoever wants that makes a new one. */
export class QmpConnection {
  /**
   * Resolves, and never rejects, when the connection is over: with the reason if
   * qemu said something that is not QMP, otherwise with undefined.
   */
  readonly closed: Promise<QemuError | undefined>;
  readonly #socket: Socket;
  readonly #greeting = Promise.withResolvers<void>();
  readonly #pending = new Map<
    number,
    { readonly command: string; readonly settle: PromiseWithResolvers<unknown> }
  >();
  readonly #queues = new Set<EventQueue<QmpEvent>>();
  #lastId = 0;
  #isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    // It may be rejected before anyone negotiates.
    this.#greeting.promise.catch(() => undefined);
    this.closed = this.#read();
  }

  /** Leaves negotiation mode, in which qemu knows no other command. Called by connectQmp. */
  async negotiate(signal: AbortSignal): Promise<void> {
    await abortable(this.#greeting.promise, signal);
    await this.execute('qmp_capabilities', {}, { signal });
  }

  /**
   * Runs a command; any number may be under way.
   *
   * @returns what qemu answers, to be parsed by the caller.
   * @throws QmpCommandError, QemuError `qmp-closed`, or the reason of the signal or the deadline. After those the
   *   command may still take effect.
   */
  async execute(
    command: string,
    args: Readonly<Record<string, unknown>> = {},
    wait: QmpWait = {},
  ): Promise<unknown> {
    const signal = deadlineSignal(wait.signal, wait.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    signal.throwIfAborted();
    if (this.#isClosed) throw closedError(command);
    this.#lastId += 1;
    const id = this.#lastId;
    const settle = Promise.withResolvers<unknown>();
    this.#pending.set(id, { command, settle });
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await abortable(settle.promise, signal);
    } finally {
      this.#pending.delete(id);
    }
  }

  /**
   * qemu's events from now on. Each call gets its own; one that is taken too slowly loses its oldest.
   * Ends with the connection.
   */
  events(): AsyncIterable<QmpEvent, void> {
    const queue = new EventQueue<QmpEvent>(EVENT_CAPACITY);
    if (this.#isClosed) queue.close();
    else this.#queues.add(queue);
    return this.#iterate(queue);
  }

  /** Hangs up; qemu does not mind. May be called at any time and repeatedly. */
  close(): void {
    this.#socket.destroy();
  }

  async *#iterate(queue: EventQueue<QmpEvent>): AsyncGenerator<QmpEvent, void> {
    try {
      yield* queue;
    } finally {
      this.#queues.delete(queue);
    }
  }

  async #read(): Promise<QemuError | undefined> {
    let reason: QemuError | undefined;
    try {
      for await (const line of readLines(this.#socket, MAX_LINE_BYTES))
        this.#take(parseQmpMessage(line.toString()));
    } catch (cause) {
      // A reset connection and one that we hung up are ordinary ends: qemu resets it when it quits.
      if (cause instanceof SyntaxError || cause instanceof RangeError) {
        reason = new QemuError('qmp-failed', `Cannot understand qemu on its QMP socket: ${cause.message}`, {
          cause,
        });
      }
    }
    this.#isClosed = true;
    this.#socket.destroy();
    this.#greeting.reject(reason ?? closedError('qmp_capabilities'));
    for (const { command, settle } of this.#pending.values()) settle.reject(closedError(command, reason));
    for (const queue of this.#queues) queue.close();
    return reason;
  }

  #take(message: QmpMessage): void {
    switch (message.kind) {
      case 'greeting':
        this.#greeting.resolve();
        return;
      case 'event':
        for (const queue of this.#queues) queue.push(message.event);
        return;
      case 'return':
        this.#findPending(message.id)?.settle.resolve(message.value);
        return;
      case 'error': {
        const pending = this.#findPending(message.id);
        pending?.settle.reject(new QmpCommandError(pending.command, message.errorClass, message.description));
        return;
      }
    }
  }

  /** Undefined for an answer that came after its deadline. */
  #findPending(id: unknown) {
    return typeof id === 'number' ? this.#pending.get(id) : undefined;
  }
}

function closedError(command: string, cause?: unknown): QemuError {
  return new QemuError('qmp-closed', `Cannot run QMP command "${command}": qemu closed the connection`, {
    cause,
  });
}
