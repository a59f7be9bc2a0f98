import { REDACTED, redactText } from './redact-text.ts';

/** What cloud-init prints above the passwords that it has made. */
const HEADER = /Set the following 'random' passwords/;

/** `USER:PASSWORD` at the end of a line, after what systemd puts before it. */
const PASSWORD = /((?:^|\s)[\w.-]{1,64}\$?:)(\S{1,256})(\s*)$/;

/** Lines after the header or the last password in which there may be another: the kernel's come in between. */
const LINES = 16;

/**
 * Replaces what looks like a secret in what a guest has written on its console, and passwords that its cloud-init has
 * made for users whose password is `RANDOM`.
 */
export function redactConsole(text: string): string {
  let left = 0;
  const lines = text.split('\n').map(line => {
    if (HEADER.test(line)) left = LINES;
    else if (left > 0) {
      left = PASSWORD.test(line) ? LINES : left - 1;
      return line.replace(PASSWORD, `$1${REDACTED}$3`);
    }
    return line;
  });
  return redactText(lines.join('\n'), () => REDACTED);
}
