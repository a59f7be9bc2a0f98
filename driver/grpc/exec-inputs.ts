import { DriverError } from '../errors.ts';
import type { ExecInput } from '../exec/conversation.ts';
import {
  readBoolean,
  readBytes,
  readMessage,
  readNumber,
  readOptionalMessage,
  type WireMessage,
} from './wire-reader.ts';

/**
 * Reads what a user sends after the first message. Nomad's client sends an empty message every 10 s, and says nothing
 * when its user has left: silence is how that is noticed.
 *
 * @param silenceMs after which the user counts as gone.
 * @throws DriverError when the user has gone, or the signal's reason.
 */
export async function* readExecInputs(
  messages: AsyncIterator<unknown>,
  silenceMs: number,
  signal: AbortSignal,
): AsyncGenerator<ExecInput, void> {
  for (;;) {
    const { done, value } = await nextMessage(messages, silenceMs, signal);
    if (done === true) break;
    yield* parseInput(readMessage(value));
  }
  // Nomad never ends its side first; whoever does has no more input, and still wants an answer.
  yield { kind: 'stdin-end' };
}

async function nextMessage(
  messages: AsyncIterator<unknown>,
  silenceMs: number,
  signal: AbortSignal,
): Promise<IteratorResult<unknown, unknown>> {
  const over = Promise.withResolvers<never>();
  const onAbort = () => over.reject(signal.reason);
  const timer = setTimeout(
    () => over.reject(new DriverError('vm-failed', `Nothing was heard of the user for ${silenceMs} ms`)),
    silenceMs,
  );
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([messages.next(), over.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function* parseInput(message: WireMessage): Generator<ExecInput, void> {
  const stdin = readOptionalMessage(message['stdin']);
  const size = readOptionalMessage(message['tty_size']);
  if (size !== undefined)
    yield { kind: 'size', rows: readNumber(size, 'height'), columns: readNumber(size, 'width') };
  if (stdin === undefined) return;
  const data = Buffer.from(readBytes(stdin, 'data'));
  if (data.length > 0) yield { kind: 'stdin', data };
  if (readBoolean(stdin, 'close')) yield { kind: 'stdin-end' };
}
