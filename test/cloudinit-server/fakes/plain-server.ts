import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it came. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What to answer; a body that is no text is sent as JSON. */
export interface PlainAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** An HTTP server that knows nothing, and answers what the test says. */
export interface PlainServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
}

/** Starts one. @param answer undefined never answers */
export async function startPlainServer(
  answer: (request: ReceivedRequest) => PlainAnswer | undefined,
): Promise<PlainServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    void text(incoming).then(body => {
      const { method = '', url: target = '', headers } = incoming;
      const request = { method, target, headers, body };
      requests.push(request);
      const answered = answer(request);
      if (answered === undefined) return;
      const content = typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body);
      response.writeHead(answered.status).end(content);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is no text.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
