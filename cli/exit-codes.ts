/** What the shell gets: 0 all is well, 1 something is wrong with what was looked at, 2 the command line is wrong. */
export const EXIT_CODES = { ok: 0, failed: 1, usage: 2 } as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
