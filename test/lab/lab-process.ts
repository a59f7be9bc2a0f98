import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';

/** How a process ended: one of the two is set. */
export interface ExitStatus {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** A process that runs until it ends or is killed, with its output in a file. */
export interface LabProcess {
  readonly pid: number;
  readonly logFile: string;
  /** Never rejects. */
  readonly exited: Promise<ExitStatus>;
  /** Sends a signal and waits for the end. A process that has ended already is left alone. */
  kill(signal: NodeJS.Signals): Promise<ExitStatus>;
}

/**
 * Starts a command in a session of its own. Its output is appended to the file by the kernel, so nothing is lost when
 * this process ends first.
 *
 * @throws when the command cannot be started
 */
export async function startProcess(
  argv: readonly [string, ...string[]],
  logFile: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<LabProcess> {
  const log = await open(logFile, 'a');
  try {
    const [command, ...rest] = argv;
    const child = spawn(command, rest, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, ...environment },
    });
    const exited = new Promise<ExitStatus>(resolve => {
      child.once('exit', (code, signal) =>
        resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }),
      );
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    if (child.pid === undefined) throw new Error(`Cannot start "${command}": it has no pid`);
    return {
      pid: child.pid,
      logFile,
      exited,
      kill: async signal => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        return await exited;
      },
    };
  } finally {
    await log.close();
  }
}
