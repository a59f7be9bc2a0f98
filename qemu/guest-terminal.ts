/** Run in the guest, succeeds where a command can be given a terminal: util-linux has `script`, busybox mostly not. */
export const HAS_TERMINAL: readonly [string, ...string[]] = [
  '/bin/sh',
  '-c',
  'command -v script >/dev/null && script --version 2>/dev/null | grep -q util-linux',
];

/**
 * The command line that runs another one on a terminal of its own, made by `script` of util-linux in the guest.
 *
 * @param folder of the command, where the name of the terminal is left for RESIZE_SCRIPT.
 */
export function buildTerminalCommand(argv: readonly string[], folder: string): readonly string[] {
  const command = `tty >${quoteForShell(`${folder}/tty`)}; exec ${argv.map(quoteForShell).join(' ')}`;
  // Nomad does not say what the user's terminal is; this is what they all understand.
  return [
    'env',
    'SHELL=/bin/sh',
    'TERM=xterm-256color',
    'script',
    '-q',
    '-e',
    '-f',
    '-c',
    command,
    '/dev/null',
  ];
}

/** Sets the size of that terminal. Parameters: the folder, rows, columns. The terminal may be yet to come. */
export const RESIZE_SCRIPT = `
tries=0
until [ -s "$1/tty" ] || [ "$tries" -gt 40 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
stty -F "$(cat "$1/tty")" rows "$2" cols "$3"
`;

/** One word of a POSIX shell, whatever is in it. `script` takes its command as a text for a shell. */
export function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
