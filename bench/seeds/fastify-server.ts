import { join } from 'node:path';
import { type RunningServer, startServer } from '../../test/seed-guests/start-server.ts';

/** Starts the bare fastify over a folder of files. @param folder where its output goes */
export async function startFastify(
  files: string,
  folder: string,
  signal: AbortSignal,
): Promise<RunningServer> {
  const program = join(import.meta.dirname, 'bare-fastify.ts');
  const readPort = (output: string) => {
    const port = /^http:\/\/127\.0\.0\.1:(\d+)$/m.exec(output)?.[1];
    return port === undefined ? undefined : Number(port);
  };
  return await startServer([process.execPath, program, files], join(folder, 'fastify.log'), readPort, signal);
}
