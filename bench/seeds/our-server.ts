import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMIN_TOKEN_FILE } from '../../cloudinit-server/open-memory.ts';
import { EXECUTABLE } from '../../test/lab/driver-lab.ts';
import { type RunningServer, startServer } from '../../test/seed-guests/start-server.ts';

/** Our server, that observes guests and shows people what it knows. */
export interface OurServer extends RunningServer {
  readonly adminUrl: string;
  readonly adminToken: string;
  readonly driversUrl: string;
  readonly driversToken: string;
  /** Lets it end by itself. */
  stop(): Promise<void>;
}

/** Starts what ships, on free ports, with a state folder. */
export async function startOurServer(
  options: { readonly seeds: string; readonly state: string; readonly logFile: string },
  signal: AbortSignal,
): Promise<OurServer> {
  const any = '127.0.0.1:0';
  const tokenFile = `${options.state}.drivers-token`;
  const own = ['--state', options.state, '--admin', any, '--drivers', any, '--drivers-token', tokenFile];
  const argv = ['serve', '--seeds', options.seeds, '--listen', any, ...own];
  let adminPort: number | undefined;
  let driversPort: number | undefined;
  const server = await startServer(
    [EXECUTABLE, ...argv],
    options.logFile,
    output => {
      adminPort = readPort(output, 'listening for people');
      driversPort = readPort(output, 'listening for drivers');
      return adminPort && driversPort && readPort(output, 'listening');
    },
    signal,
  );
  return {
    ...server,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    adminToken: (await readFile(join(options.state, ADMIN_TOKEN_FILE), 'utf8')).trim(),
    driversUrl: `http://127.0.0.1:${driversPort}`,
    driversToken: (await readFile(tokenFile, 'utf8')).trim(),
    stop: () => server.process.kill('SIGTERM').then(() => undefined),
  };
}

function readPort(output: string, message: string): number | undefined {
  const port = new RegExp(`"message":"${message}","address":"127\\.0\\.0\\.1:(\\d+)"`).exec(output)?.[1];
  return port === undefined ? undefined : Number(port);
}
