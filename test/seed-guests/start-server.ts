import { readFile } from 'node:fs/promises';
import { type LabProcess, startProcess } from '../lab/lab-process.ts';
import { waitUntil } from '../lab/wait-until.ts';

/** A server of its own process. It is killed when disposed of. */
export interface RunningServer extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly process: LabProcess;
}

/**
 * Starts a server as a process of its own, with its output in a file, and waits until it listens.
 *
 * @param readPort finds the port in the output, or undefined while it is not there
 * @throws with its output when it ends before
 */
export async function startServer(
  argv: readonly [string, ...string[]],
  logFile: string,
  readPort: (output: string) => number | undefined | Promise<number | undefined>,
  signal: AbortSignal,
): Promise<RunningServer> {
  // However this process ends, the server ends with it.
  const server = await startProcess(['setpriv', '--pdeathsig', 'KILL', ...argv], logFile);
  const stop = new AbortController();
  void server.exited.then(() => stop.abort());
  try {
    const port = await waitUntil(
      `"${argv.join(' ')}" to listen`,
      async () => readPort(await readFile(logFile, 'utf8')),
      AbortSignal.any([signal, stop.signal, AbortSignal.timeout(30_000)]),
    );
    return {
      process: server,
      pid: server.pid,
      port,
      [Symbol.asyncDispose]: () => server.kill('SIGKILL').then(() => undefined),
    };
  } catch (cause) {
    await server.kill('SIGKILL');
    const output = await readFile(logFile, 'utf8');
    throw new Error(`Cannot use a server that does not listen: ${output.trim().slice(-500)}`, { cause });
  }
}
