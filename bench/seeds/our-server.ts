import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMIN_TOKEN_FILE } from '../../cloudinit-server/open-memory.ts';
import { EXECUTABLE } from '../../test/lab/driver-lab.ts';
import { type RunningServer, startServer } from './contestant.ts';

/** Our server, that observes guests and shows people what it knows. */
export interface OurServer extends RunningServer {
  readonly adminUrl: string;
  readonly adminToken: string;
  /** Lets it end by itself. */
  stop(): Promise<void>;
}

/** Starts what ships, on free ports, with a state folder. */
export async function startOurServer(
  options: { readonly seeds: string; readonly state: string; readonly logFile: string },
  signal: AbortSignal,
): Promise<OurServer> {
  const any = '127.0.0.1:0';
  const argv = ['serve', '--seeds', options.seeds, '--listen', any, '--state', options.state, '--admin', any];
  let adminPort: number | undefined;
  const server = await startServer(
    [EXECUTABLE, ...argv],
    options.logFile,
    output => {
      adminPort = readPort(output, 'listening for people');
      return adminPort && readPort(output, 'listening');
    },
    signal,
  );
  return {
    ...server,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    adminToken: (await readFile(join(options.state, ADMIN_TOKEN_FILE), 'utf8')).trim(),
    stop: () => server.process.kill('SIGTERM').then(() => undefined),
  };
}

function readPort(output: string, message: string): number | undefined {
  const port = new RegExp(`"message":"${message}","address":"127\\.0\\.0\\.1:(\\d+)"`).exec(output)?.[1];
  return port === undefined ? undefined : Number(port);
}
