/** What the shell gets: 0 all is well, 1 something is wrong with what was looked at, 2 the command line is wrong. */
export const EXIT_CODES = { ok: 0, failed: 1, usage: 2 } as const;

/** One of {@link EXIT_CODES}, or that of a program that was run in this one's place. */
export type ExitCode = number;
