import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { readMessage } from '../qemu/error-message.ts';

/**
 * Runs a program in the user's terminal and waits for it, without a shell between.
 *
 * @param signal ends it
 * @returns its exit code; 128 and the signal's number when a signal ended it, as shells count
 * @throws when it cannot be started
 */
export async function runProgram(
  program: string,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const ended = Promise.withResolvers<number>();
  const child = spawn(program, argv, { stdio: 'inherit' });
  const end = () => child.kill();
  signal.addEventListener('abort', end);
  child.on('error', cause =>
    ended.reject(new Error(`Cannot run "${program}": ${readMessage(cause)}; install it`, { cause })),
  );
  child.on('exit', (code, name) =>
    ended.resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])),
  );
  try {
    return await ended.promise;
  } finally {
    signal.removeEventListener('abort', end);
  }
}
