import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

async function open(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/**
 * Sends a whole request, which asks for the connection to be closed, as bytes; all that came back. It waits for the
 * answer with its own half open: Node gives none to a client that has closed its half already.
 */
export async function exchange(url: string, request: Buffer): Promise<string> {
  const socket = await open(url);
  socket.write(request);
  return await text(socket);
}

/** Sends bytes as they are and closes; all that came back, nothing when the connection was reset. */
export async function sendAndClose(url: string, bytes: Buffer): Promise<string> {
  const socket = await open(url);
  socket.end(bytes);
  return await text(socket).catch(() => '');
}
