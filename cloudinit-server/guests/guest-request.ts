import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SeedError } from '../errors.ts';
import type { RequestSource } from '../request-facts.ts';

/** One request of a guest. */
export class GuestRequest implements RequestSource {
  readonly method: string;
  /** The target of the first line, as it came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The guest's end is the connection's own: forwarding headers are a guest's word. */
  readonly ip: string;
  readonly socket: Pick<Socket, 'localAddress' | 'localPort'>;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #beganAt = performance.now();

  constructor(message: IncomingMessage, response: ServerResponse) {
    this.method = message.method ?? '';
    this.url = message.url ?? '';
    this.headers = message.headers;
    this.socket = message.socket;
    this.ip = message.socket.remoteAddress ?? '';
    this.#message = message;
    this.#response = response;
  }

  elapsedMs(): number {
    return performance.now() - this.#beganAt;
  }

  /** Aborted when the client has gone away, or has its answer. */
  signalWhenGone(): AbortSignal {
    const gone = new AbortController();
    this.#response.once('close', () => gone.abort());
    return gone.signal;
  }

  /**
   * The whole body, as UTF-8.
   *
   * @throws {SeedError} `request-body-too-long`, or `request-cut-off` when the client went away before its end
   */
  readBody(maxBytes: number): Promise<string> {
    const message = this.#message;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const refuse = () =>
      reject(new SeedError('request-body-too-long', `Cannot read a body of more than ${maxBytes} bytes`));
    if (Number(message.headers['content-length'] ?? 0) > maxBytes) refuse();
    else {
      const chunks: Buffer[] = [];
      let bytes = 0;
      message.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= maxBytes) chunks.push(chunk);
        else refuse();
      });
      message.once('end', () => resolve(Buffer.concat(chunks).toString()));
      message.once('close', () => {
        if (!message.complete) reject(new SeedError('request-cut-off', 'Cannot read a body without an end'));
      });
    }
    return promise;
  }
}
