import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { connectSocket } from './connect-socket.ts';
import { readMessage } from './error-message.ts';
import { QemuError } from './errors.ts';
import { readLines } from './read-lines.ts';
import { toRecord } from './unknown-record.ts';

/** One synchronised conversation with the agent: what is called is answered, in order. */
export interface GuestAgentSession {
  /** Aborts with the session's deadline. */
  readonly signal: AbortSignal;
  /** Runs a command and gives what the agent returns. */
  call(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** Never part of UTF-8, so the agent takes it as the end of whatever it was reading, and marks its answer with it. */
const DELIMITER = 0xff;
/** guest-exec-status carries two streams of at most 16 MiB each, in base64. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Opens the agent's socket, synchronises, does the work and hangs up.
 *
 * The socket serves one client at a time; the next one waits in its queue. Nothing but the synchronisation is ever
 * sent to an agent that has not answered: commands for an agent that is not up yet would be carried out minutes later.
 *
 * @throws the signal's reason, or QemuError `agent-failed` or `agent-closed`.
 */
export async function withGuestAgent<T>(
  path: string,
  signal: AbortSignal,
  work: (session: GuestAgentSession) => Promise<T>,
): Promise<T> {
  const socket = await connectSocket(path, signal);
  const hangUp = () => socket.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    const answers = readAnswers(socket);
    await synchronise(socket, answers);
    return await work({ signal, call: (command, args = {}) => call(socket, answers, command, args) });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', hangUp);
    hangUp();
  }
}

type Answers = AsyncGenerator<Readonly<Record<string, unknown>>, void>;

/** Drops what earlier clients asked for and did not wait for: without this, answers shift by one. */
async function synchronise(socket: Socket, answers: Answers): Promise<void> {
  const id = randomInt(2 ** 47);
  socket.write(Buffer.of(DELIMITER));
  socket.write(`${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })}\n`);
  while ((await nextAnswer(answers, 'guest-sync-delimited')).return !== id);
}

async function call(
  socket: Socket,
  answers: Answers,
  command: string,
  args: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
  const answer = await nextAnswer(answers, command);
  const error = toRecord(answer.error);
  if (error === undefined) return answer.return;
  throw new QemuError(
    'agent-failed',
    `Cannot run guest agent command "${command}": ${explainRefusal(String(error.desc))}`,
  );
}

function explainRefusal(description: string): string {
  const isBlocked = /disabled|not allowed/i.test(description);
  return isBlocked ? `${description}; allow it in the guest's qemu-guest-agent settings` : description;
}

async function nextAnswer(answers: Answers, command: string): Promise<Readonly<Record<string, unknown>>> {
  const { value } = await answers.next();
  if (value !== undefined) return value;
  throw new QemuError('agent-closed', `Cannot run guest agent command "${command}": the connection ended`);
}

/** Whatever is no answer is skipped: a guest may write anything to its end of the line. */
async function* readAnswers(socket: Socket): Answers {
  try {
    for await (const line of readLines(socket, MAX_LINE_BYTES)) {
      const answer = parseAnswer(line.subarray(line.lastIndexOf(DELIMITER) + 1).toString());
      if (answer !== undefined) yield answer;
    }
  } catch (cause) {
    const reason = readMessage(cause);
    throw new QemuError('agent-closed', `Cannot hear the guest agent: ${reason}`, { cause });
  }
}

function parseAnswer(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const answer = toRecord(JSON.parse(line));
    return answer !== undefined && ('return' in answer || 'error' in answer) ? answer : undefined;
  } catch {
    // SyntaxError: garbage of the guest's.
    return undefined;
  }
}
