import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
} from '@grpc/grpc-js';
import { describeError, type Log } from '../plugin-log.ts';
import { isExpectedError, statusFromError } from './status.ts';

/** Answers one request; the signal aborts when the caller has gone away. */
export type Unary = (request: unknown, signal: AbortSignal) => Promise<object> | object;

/** Answers one request with a stream; returning ends it. */
export type ServerStream = (request: unknown, signal: AbortSignal) => AsyncIterable<object>;

/** Talks both ways. */
export type Bidi = (requests: AsyncIterable<unknown>, signal: AbortSignal) => AsyncIterable<object>;

/** Turns a plain async function into a grpc-js handler: errors become statuses, none escapes. */
export function unary(name: string, log: Log, handler: Unary): handleUnaryCall<unknown, object> {
  return (call, callback) => {
    const caller = new AbortController();
    call.on('cancelled', () => caller.abort());
    answer(handler, call.request, caller.signal).then(
      reply => callback(null, reply),
      error => {
        logUnexpected(log, name, error);
        callback(statusFromError(error));
      },
    );
  };
}

/** Turns an async generator into a grpc-js handler for a server stream. */
export function serverStream(
  name: string,
  log: Log,
  handler: ServerStream,
): handleServerStreamingCall<unknown, object> {
  return call => pump(name, log, call, signal => handler(call.request, signal));
}

/** Turns an async generator over requests into a grpc-js handler for a stream both ways. */
export function bidi(name: string, log: Log, handler: Bidi): handleBidiStreamingCall<unknown, object> {
  return call => pump(name, log, call, signal => handler(call, signal));
}

async function answer(handler: Unary, request: unknown, signal: AbortSignal): Promise<object> {
  return handler(request, signal);
}

type ReplyStream = ServerWritableStream<unknown, object> | ServerDuplexStream<unknown, object>;

/** Ends exactly once: a grpc-js call that is ended twice sends no trailers, and its caller waits for ever. */
function pump(
  name: string,
  log: Log,
  call: ReplyStream,
  open: (signal: AbortSignal) => AsyncIterable<object>,
): void {
  const caller = new AbortController();
  call.on('cancelled', () => caller.abort());
  // A write after the connection broke; 'cancelled' says the same.
  call.on('error', () => caller.abort());
  writeAll(call, open(caller.signal), caller.signal).then(
    () => call.end(),
    error => {
      if (caller.signal.aborted) return;
      logUnexpected(log, name, error);
      call.emit('error', statusFromError(error));
    },
  );
}

async function writeAll(
  call: ReplyStream,
  replies: AsyncIterable<object>,
  signal: AbortSignal,
): Promise<void> {
  for await (const reply of replies) {
    if (signal.aborted) return;
    if (!call.write(reply)) await drained(call, signal);
  }
}

function drained(call: ReplyStream, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  call.once('drain', resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}

function logUnexpected(log: Log, rpc: string, error: unknown): void {
  if (!isExpectedError(error))
    log('error', 'request failed unexpectedly', { rpc, error: describeError(error) });
}
