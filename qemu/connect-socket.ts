import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * Connects to a unix socket. Errors after that appear where the socket is read, and nowhere else.
 *
 * @throws the system's error, such as ENOENT or ECONNREFUSED, or the signal's reason.
 */
export async function connectSocket(path: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect(path);
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
  // Without a listener an error between two reads would end the process.
  socket.on('error', () => {});
  return socket;
}
