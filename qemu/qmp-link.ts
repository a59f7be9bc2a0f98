import { QemuError } from './errors.ts';
import type { QmpConnection } from './qmp-connection.ts';
import { reconnectQmp } from './reconnect-qmp.ts';

/** One connection to qemu, for those who listen. */
export type QmpSession = Pick<QmpConnection, 'events' | 'closed'>;

/** Talks with one qemu for as long as it runs, over one connection after the other. */
export class QmpLink {
  readonly #signal: AbortSignal;
  #qmp: QmpConnection | undefined;
  #wasOpen = false;
  #opened = Promise.withResolvers<void>();
  #closed = Promise.withResolvers<void>();

  /**
   * @param first undefined where qemu did not answer yet.
   * @param signal ends it: the connection is closed, and no other one opened.
   */
  constructor(path: string, first: QmpConnection | undefined, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#qmp?.close(), { once: true });
    if (first !== undefined) this.#take(first);
    void this.#keep(path, first);
  }

  /** Resolves when the connection is over; undefined while there is none. */
  get closed(): Promise<void> | undefined {
    return this.#qmp === undefined ? undefined : this.#closed.promise;
  }

  /** Resolves when qemu can be talked to, or never will be again. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Whether there was a connection, and is none: qemu is about to end, or out of its mind. */
  get isLost(): boolean {
    return this.#wasOpen && this.#qmp === undefined;
  }

  /** Each connection, the current one first. What happened between two of them has to be asked for. */
  async *sessions(): AsyncGenerator<QmpSession, void> {
    while (!this.#signal.aborted) {
      const { promise: closed } = this.#closed;
      if (this.#qmp === undefined) await this.opened;
      else {
        yield this.#qmp;
        await closed;
      }
    }
  }

  /**
   * @returns qemu's answer, to be parsed by the caller.
   * @throws QemuError, or the signal's reason.
   */
  async execute(
    command: string,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    if (this.#qmp === undefined) throw new QemuError('qmp-failed', 'qemu does not answer on its QMP socket');
    return this.#qmp.execute(command, args, { signal });
  }

  async #keep(path: string, first: QmpConnection | undefined): Promise<void> {
    for await (const qmp of reconnectQmp(path, first, this.#signal)) {
      this.#take(qmp);
      await qmp.closed;
      this.#qmp = undefined;
      this.#opened = Promise.withResolvers();
      this.#closed.resolve();
      this.#closed = Promise.withResolvers();
    }
    this.#opened.resolve();
  }

  #take(qmp: QmpConnection): void {
    if (this.#signal.aborted) qmp.close();
    this.#qmp = qmp;
    this.#wasOpen = true;
    this.#opened.resolve();
  }
}
