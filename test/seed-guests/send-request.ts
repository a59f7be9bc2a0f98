import { connect } from 'node:net';

/** A request as bytes: cloud-init sends head and body in two pieces. */
export interface RawRequest {
  /** First line and headers, with the empty line. */
  readonly head: string;
  readonly body: string;
}

/** Where a request goes, and where it seems to come from. */
export interface Route {
  readonly host: string;
  readonly port: number;
  /** An address of this host for the client's end. */
  readonly from: string;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Value of `retry-after`. */
  readonly retryAfter: string | undefined;
}

/**
 * Sends one request over a connection of its own, as cloud-init does, and closes that when the answer is there.
 *
 * @throws with the code of the connection's error, or `ECONNRESET` when it ended before the answer was whole
 */
export function sendRequest(route: Route, request: RawRequest, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: route.host, port: route.port, localAddress: route.from, noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    const stop = () => socket.destroy(new Error('stopped'));
    signal?.addEventListener('abort', stop, { once: true });
    socket.once('close', () => {
      signal?.removeEventListener('abort', stop);
      reject(Object.assign(new Error('Lost the connection before the answer'), { code: 'ECONNRESET' }));
    });
    socket.once('error', reject);
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const answer = readAnswer(received);
      if (answer === undefined) return;
      resolve(answer);
      socket.destroy();
    });
    socket.write(request.head);
    if (request.body !== '') socket.write(request.body);
  });
}

/** Undefined until it is whole. */
function readAnswer(received: Buffer): Answer | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (received.length < headEnd + 4 + length) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    body: received.toString('utf8', headEnd + 4),
    retryAfter: /^retry-after: *(.*)$/im.exec(head)?.[1],
  };
}
