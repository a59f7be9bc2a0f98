import { createInterface } from 'node:readline/promises';

/**
 * Asks the user at the terminal; the question is not for a program that reads the output.
 *
 * @param signal ends the wait
 * @throws when the signal is aborted, and when the user presses Ctrl-C or Ctrl-D
 */
export async function askUser(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort(new Error('Cannot go on without an answer')));
  try {
    return await terminal.question(question, { signal: AbortSignal.any([signal, closed.signal]) });
  } catch (error) {
    throw closed.signal.aborted ? closed.signal.reason : error;
  } finally {
    terminal.close();
  }
}
