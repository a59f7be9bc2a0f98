import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { VmEvent } from '../../cloudinit-server/client.ts';
import { toRecord } from '../../qemu/unknown-record.ts';
import type { VmFiles } from '../../qemu/vm-files.ts';

/** What a registered VM's task has heard of its cloud-init; kept beside its record, so that nothing is told twice. */
export interface SeedBook {
  /** Of the newest event that was taken. */
  readonly cursor: number;
  /** How cloud-init ended the first time since the VM was started; later boots don't count for the task. */
  readonly outcome: SeedOutcome | undefined;
  /** What held it up when it was last stuck. */
  readonly stuckReason: string | undefined;
  /** What the last event shown was about, and how many there were. */
  readonly lastShown: VmEvent['kind'] | undefined;
  readonly shown: number;
}

/** How cloud-init ended. */
export type SeedOutcome =
  | { readonly kind: 'ready' }
  /** `text` says in which module. */
  | { readonly kind: 'failed'; readonly text: string };

type BookFiles = Pick<VmFiles, 'seedBook'>;

/** The book of a VM that starts, which is told nothing of what happened up to this cursor. */
export function newSeedBook(cursor: number): SeedBook {
  return { cursor, outcome: undefined, stuckReason: undefined, lastShown: undefined, shown: 0 };
}

/** The book as it was last saved; a new one where there is none that can be read. */
export function loadSeedBook(files: BookFiles): SeedBook {
  try {
    return parseBook(JSON.parse(readFileSync(files.seedBook, 'utf8')));
  } catch {
    // ENOENT or SyntaxError: the worst is that something is told again.
    return newSeedBook(0);
  }
}

/** Saves atomically. @throws the system's error, such as ENOSPC. */
export function saveSeedBook(files: BookFiles, book: SeedBook): void {
  writeFileSync(`${files.seedBook}.new`, JSON.stringify(book), { mode: 0o600 });
  renameSync(`${files.seedBook}.new`, files.seedBook);
}

function parseBook(value: unknown): SeedBook {
  const { cursor, outcome, stuckReason, lastShown, shown } = { ...toRecord(value) };
  return {
    cursor: typeof cursor === 'number' ? cursor : 0,
    outcome: parseOutcome(outcome),
    stuckReason: typeof stuckReason === 'string' ? stuckReason : undefined,
    lastShown: KINDS.find(kind => kind === lastShown),
    shown: typeof shown === 'number' ? shown : 0,
  };
}

const KINDS = [
  'address',
  'ready',
  'failed',
  'stuck',
  'host-keys-changed',
] as const satisfies VmEvent['kind'][];

function parseOutcome(value: unknown): SeedOutcome | undefined {
  const { kind, text } = { ...toRecord(value) };
  if (kind === 'ready') return { kind };
  return kind === 'failed' && typeof text === 'string' ? { kind, text } : undefined;
}
