/** What the command line may touch of the world; main.ts hands in the process's own, tests hand in theirs. */
export interface CliIo {
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Whether what is written goes to a terminal, which takes colours. */
  readonly isTerminal: boolean;
  /** Relative paths begin here. */
  readonly cwd: string;
  /** Asks the user a question and resolves with what they typed; undefined without a terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Runs a program in the user's terminal, and resolves with its exit code. */
  readonly runProgram: (program: string, argv: readonly string[]) => Promise<number>;
  /** Aborted when the user wants to stop (Ctrl-C). */
  readonly signal: AbortSignal;
  /** The file with a seed server's admin token, where the user's environment names one. */
  readonly adminTokenFile: string | undefined;
  /** This program's version. */
  readonly version: string;
}
