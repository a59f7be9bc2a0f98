import { execa } from 'execa';

/**
 * Runs what a user would type, on the host and as it stands, and shows it with what it printed.
 *
 * @param line a shell's command line, written by us
 * @returns whether it exited 0
 */
export async function showCommand(
  line: string,
  environment: NodeJS.ProcessEnv,
  write: (text: string) => void,
): Promise<boolean> {
  write(`\n$ ${line}\n`);
  // A shell on purpose: the line is shown for typing, pipe included, so it has to be tried as typed.
  const { all, exitCode } = await execa('sh', ['-c', line], {
    env: environment,
    all: true,
    reject: false,
    timeout: 60_000,
  });
  write(`${all}\n`);
  return exitCode === 0;
}
