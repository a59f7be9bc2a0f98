import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { abortable } from './abortable.ts';
import { ByteBacklog } from './byte-backlog.ts';
import { connectSocket } from './connect-socket.ts';
import { readConsoleTail } from './console-tail.ts';
import { readMessage } from './error-message.ts';
import { QemuError } from './errors.ts';

/** One user at a VM's serial console. */
export interface ConsoleAttachment {
  /** The last that the guest had printed when the user came. */
  readonly recent: Buffer;
  /** What it prints from then on; undefined at the end of the VM. A user who is slow loses the oldest. */
  take(): Promise<{ readonly droppedBytes: number; readonly data: Buffer } | undefined>;
  /** Types; false when the guest reads so slowly that the input was dropped. */
  write(data: Buffer): boolean;
  close(): void;
}

const CONNECT_MS = 2_000;
/** What qemu printed before we were connected and has not written to its log yet. */
const SETTLE_MS = 20;
const BACKLOG_BYTES = 1024 * 1024;
const INPUT_BYTES = 1024 * 1024;

/**
 * A VM's serial console, shared by all who are attached: qemu's socket serves one client, and stalls the guest's
 * terminal as soon as that one does not read (after 279 bytes, qemu 7.2). So there is one connection, which is always
 * read, while anybody is attached. qemu writes its log beside, whoever is connected.
 */
export class SharedConsole {
  readonly #files: { readonly console: string; readonly consoleSocket: string };
  #line: Line | undefined;

  constructor(files: { readonly console: string; readonly consoleSocket: string }) {
    this.#files = files;
  }

  /** How many users are attached. */
  get users(): number {
    return this.#line?.backlogs.size ?? 0;
  }

  /** @throws QemuError `console-failed`, or the signal's reason. */
  async attach(signal: AbortSignal): Promise<ConsoleAttachment> {
    this.#line ??= openLine(this.#files.consoleSocket);
    const line = this.#line;
    const backlog = new ByteBacklog(BACKLOG_BYTES);
    line.backlogs.add(backlog);
    const close = () => this.#leave(line, backlog);
    try {
      const socket = await abortable(line.socket, signal);
      await delay(SETTLE_MS, undefined, { signal });
      return {
        recent: withoutRepeat(readConsoleTail(this.#files.console), backlog.peek()),
        take: () => backlog.take(),
        write: data => {
          if (socket.destroyed || socket.writableLength > INPUT_BYTES) return false;
          socket.write(data);
          return true;
        },
        close,
      };
    } catch (cause) {
      close();
      signal.throwIfAborted();
      const reason = readMessage(cause);
      throw new QemuError('console-failed', `Cannot attach to the VM's console: ${reason}`, { cause });
    }
  }

  /** Ends every attachment. */
  close(): void {
    const line = this.#line;
    if (line === undefined) return;
    for (const backlog of [...line.backlogs]) this.#leave(line, backlog);
  }

  #leave(line: Line, backlog: ByteBacklog): void {
    backlog.close();
    line.backlogs.delete(backlog);
    if (line.backlogs.size > 0) return;
    if (this.#line === line) this.#line = undefined;
    // A failure to connect is told to those who wait for it.
    line.socket.then(socket => socket.destroy()).catch(() => undefined);
  }
}

/** One connection and who shares it. */
interface Line {
  readonly socket: Promise<Socket>;
  readonly backlogs: Set<ByteBacklog>;
}

function openLine(path: string): Line {
  const backlogs = new Set<ByteBacklog>();
  const socket = connectSocket(path, AbortSignal.timeout(CONNECT_MS));
  const listen = (connected: Socket) => {
    connected.on('data', (data: Buffer) => {
      for (const backlog of backlogs) backlog.push(data);
    });
    connected.on('close', () => {
      for (const backlog of backlogs) backlog.close();
    });
  };
  socket.then(listen).catch(() => undefined); // told to those who wait for it
  return { socket, backlogs };
}

/** The log's end without what was also heard on the socket already: its longest end that `live` begins with. */
export function withoutRepeat(recent: Buffer, live: Buffer): Buffer {
  for (let length = Math.min(recent.length, live.length); length > 0; length -= 1) {
    const start = recent.length - length;
    if (recent.subarray(start).equals(live.subarray(0, length))) return recent.subarray(0, start);
  }
  return recent;
}
