import { appendFileSync, closeSync, fdatasyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readMessage } from '../errors.ts';
import { renderLogLine, type ServerLog } from '../server-log.ts';
import type { AuditEntry } from './audit-entry.ts';

/** The file in the state folder. */
export const AUDIT_FILE = 'audit.jsonl';

/** How long what was written may wait for the disk. */
const SYNC_MS = 1_000;

/** Where the server keeps what was done and refused: one JSON object a line, only ever added to. */
export interface AuditLog extends Disposable {
  /** Never throws: what cannot be written is in the server's log instead. */
  record(entry: AuditEntry): void;
  /** Entries that could not be written, since the start. */
  countLost(): number;
}

/** What an audit log works with. */
export interface AuditLogOptions {
  /** The state folder, which exists. */
  readonly stateDir: string;
  readonly log: ServerLog;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * Opens the audit log. Each entry opens the file anew, so that it can be moved away at any time. An entry is in the
 * kernel's hands when `record` returns, and on the disk a second later, as the state is: waiting for the disk each time
 * would keep guests waiting.
 */
export function createAuditLog({ stateDir, log, now }: AuditLogOptions): AuditLog {
  const path = join(stateDir, AUDIT_FILE);
  let lost = 0;
  let mayBeCutShort = false;
  let nextSync: NodeJS.Timeout | undefined;
  const sync = () => {
    nextSync = undefined;
    // Moved away this very second: who moves it has it.
    syncFile(path).catch((error: unknown) =>
      log.warn('audit log not flushed', { reason: readMessage(error) }),
    );
  };
  return {
    countLost: () => lost,
    record: ({ facts, ...entry }) => {
      const line = renderLogLine({ time: new Date(now()).toISOString(), ...entry, ...facts });
      try {
        // After a full disk half a line may be there, which must not spoil this one.
        appendFileSync(path, mayBeCutShort ? `\n${line}` : line, { mode: 0o600 });
        mayBeCutShort = false;
        nextSync ??= setTimeout(sync, SYNC_MS).unref();
      } catch (error) {
        lost += 1;
        mayBeCutShort = true;
        log.error('audit log not written', { ...entry, ...facts, reason: readMessage(error) });
      }
    },
    [Symbol.dispose]: () => {
      if (nextSync === undefined) return;
      clearTimeout(nextSync);
      nextSync = undefined;
      try {
        syncFileNow(path);
      } catch (error) {
        log.warn('audit log not flushed', { reason: readMessage(error) });
      }
    },
  };
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path);
  await file.datasync();
}

function syncFileNow(path: string): void {
  const file = openSync(path, 'r');
  try {
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
