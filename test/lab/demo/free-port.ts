import { createServer } from 'node:net';

/** The first TCP port of the loopback, from this one on, that nothing listens on. */
export async function findFreePort(first: number): Promise<number> {
  for (let port = first; port < first + 100; port += 1) if (await isFree(port)) return port;
  throw new Error(`Cannot find a free TCP port from ${first} to ${first + 99}`);
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
