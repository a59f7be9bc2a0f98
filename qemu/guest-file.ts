import { QemuError } from './errors.ts';
import type { GuestAgentSession } from './guest-agent-session.ts';
import { toRecord } from './unknown-record.ts';

/** A file that the agent holds open in the guest. Handles outlive sessions, and the plugin. */
export type GuestFileHandle = number;

/** The agent's own limit is 48 MiB; this keeps a single answer quick. */
const READ_BYTES = 256 * 1024;

/** @throws QemuError `agent-failed`. */
export async function openGuestFile(
  { call }: GuestAgentSession,
  path: string,
  mode: 'r' | 'r+' | 'w',
): Promise<GuestFileHandle> {
  const handle = await call('guest-file-open', { path, mode });
  if (typeof handle === 'number') return handle;
  throw new QemuError('agent-failed', `Cannot open "${path}" in the guest: the agent gave no handle`);
}

/** Undefined when it cannot be opened, such as when it is not there yet. */
export async function tryOpenGuestFile(
  session: GuestAgentSession,
  path: string,
  mode: 'r' | 'r+',
): Promise<GuestFileHandle | undefined> {
  try {
    return await openGuestFile(session, path, mode);
  } catch (error) {
    session.signal.throwIfAborted();
    if (error instanceof QemuError) return undefined;
    throw error;
  }
}

/** What the file has beyond what was read so far; empty at its present end. */
export async function readGuestFile({ call }: GuestAgentSession, handle: GuestFileHandle): Promise<Buffer> {
  const answer = toRecord(await call('guest-file-read', { handle, count: READ_BYTES }));
  const base64 = answer?.['buf-b64'];
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
}

export async function closeGuestFile({ call }: GuestAgentSession, handle: GuestFileHandle): Promise<void> {
  await call('guest-file-close', { handle });
}

export async function emptyGuestFile(session: GuestAgentSession, path: string): Promise<void> {
  await closeGuestFile(session, await openGuestFile(session, path, 'w'));
}

/** Of one write to a FIFO: such a write happens as a whole or not at all (POSIX PIPE_BUF on Linux). */
export const FIFO_WRITE_BYTES = 4096;

/**
 * Writes at most FIFO_WRITE_BYTES to a FIFO. The agent's end does not block.
 *
 * @returns whether it was taken. When the FIFO is full, C libraries forget what they could not write: the same bytes
 *   have to be offered again. Why it failed is told in the guest's language only, so it is not asked.
 */
export async function offerToGuestFifo(
  { call, signal }: GuestAgentSession,
  handle: GuestFileHandle,
  bytes: Buffer,
): Promise<boolean> {
  const write = (data: Buffer) => call('guest-file-write', { handle, 'buf-b64': data.toString('base64') });
  const succeeds = async (answer: Promise<unknown>) => {
    try {
      await answer;
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof QemuError) return false;
      throw error;
    }
  };
  if (!(await succeeds(write(bytes)))) return false;
  if (await succeeds(call('guest-file-flush', { handle }))) return true;
  // The failed flush has marked the agent's file as failed. The next write takes its bytes and reports that failure
  // all the same (qga/commands-posix.c): an empty one wears it off.
  await succeeds(write(Buffer.alloc(0)));
  return false;
}
