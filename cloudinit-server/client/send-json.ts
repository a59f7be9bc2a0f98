import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';

/** A request whose body and answer are JSON. */
export interface JsonRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  /** Sent as `authorization: Bearer …`. */
  readonly token: string;
  readonly body?: unknown;
  /** Certificates in PEM that the server's is checked against; undefined: those of the system. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** What came back, unchecked. */
export interface JsonAnswer {
  readonly status: number;
  /** Undefined when it is empty or no JSON. */
  readonly body: unknown;
}

/** Four files of 1 MiB, each byte written in up to six characters, would be more; no seed is like that. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Sends one request on a connection of its own. (Not by `fetch`, which cannot be given a certificate authority.)
 *
 * @throws when there is no complete answer; the signal's reason when it is aborted
 */
export async function sendJson(request: JsonRequest): Promise<JsonAnswer> {
  const { method, url, token, body, ca, signal } = request;
  signal.throwIfAborted();
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<JsonAnswer>();
  const options = {
    method,
    signal,
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }),
    },
  } as const;
  const sent =
    url.protocol === 'https:'
      ? requestHttps(url, { ...options, ...(ca !== undefined && { ca }) })
      : requestHttp(url, options);
  sent.once('error', reject);
  sent.once('response', response => {
    readText(response).then(
      answer => resolve({ status: response.statusCode ?? 0, body: parseJson(answer) }),
      reject,
    );
  });
  sent.end(text);
  try {
    return await promise;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    sent.destroy();
  }
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever answered is not our server, or had nothing to say.
    return undefined;
  }
}
