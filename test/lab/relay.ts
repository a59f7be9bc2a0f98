import { connect, createServer, type ListenOptions, type NetConnectOpts, type Server } from 'node:net';

/**
 * Passes every connection on to another address, bytes unchanged. A lab's Nomad listens on the loopback of a network
 * namespace; a unix socket, which is a file, is reachable from everywhere.
 *
 * @throws when the address cannot be listened on
 */
export async function startRelay(listen: ListenOptions, target: NetConnectOpts): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, client => {
    const upstream = connect({ ...target, allowHalfOpen: true });
    client.pipe(upstream);
    upstream.pipe(client);
    // One end's failure is the other's end; who made the connection sees it as a reset.
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen, resolve);
  });
  return server;
}

// Run inside a namespace: node relay.ts SOCKET_PATH PORT.
if (import.meta.main) {
  const [path, port] = process.argv.slice(2);
  await startRelay({ path }, { host: '127.0.0.1', port: Number(port) });
}
