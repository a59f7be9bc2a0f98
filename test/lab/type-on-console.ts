import { once } from 'node:events';
import { connect } from 'node:net';

/** Types a line into the shell on a guest's serial console, past Nomad and the plugin. */
export async function typeOnConsole(
  { consoleSocket }: { readonly consoleSocket: string },
  line: string,
): Promise<void> {
  const socket = connect(consoleSocket);
  await once(socket, 'connect');
  socket.end(`${line}\n`);
  socket.resume();
  await once(socket, 'close');
}
