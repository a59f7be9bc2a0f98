import { appendFileSync, writeFileSync } from 'node:fs';
import { describeError, type Log } from './plugin-log.ts';

/** The driver's own account of one VM: what `nomad alloc logs -stderr` shows, one line an event. */
export interface Account {
  write(message: string): void;
  /** No more lines will come: the wrapper may end the log streams once all are copied. */
  close(): void;
}

/** Opens the account; a full disk costs lines, never the VM, and is said in the agent's log. */
export function openAccount(
  files: { readonly account: string; readonly accountClosed: string },
  log: Log,
  now: () => Date = () => new Date(),
): Account {
  const attempt = (write: () => void) => {
    try {
      write();
    } catch (error) {
      log('warn', 'cannot write to the account of a VM', {
        path: files.account,
        error: describeError(error),
      });
    }
  };
  return {
    write: message =>
      attempt(() => appendFileSync(files.account, renderAccountLine(message, now()), { mode: 0o600 })),
    close: () => attempt(() => writeFileSync(files.accountClosed, '', { mode: 0o600 })),
  };
}

/** ISO time, blank, text; control characters in the text, which a guest may have had a hand in, become blanks. */
export function renderAccountLine(message: string, time: Date): string {
  return `${time.toISOString()} ${message.replace(/\p{Cc}+/gu, ' ').trim()}\n`;
}
