import type { VmEvent } from '../../cloudinit-server/client.ts';
import { describeEvent } from './describe-event.ts';
import type { SeedBook, SeedOutcome } from './seed-book.ts';

/** What becomes of the book with one event, and what its user is told. */
export interface TakenEvent {
  readonly book: SeedBook;
  /** A line for the account; undefined when there is none. */
  readonly line: string | undefined;
  /** Whether the line is worth one of the ten events that Nomad keeps of a task. */
  readonly isShown: boolean;
}

/** A VM that is stuck again and again, or reboots, must not push all other events out. */
const MAX_SHOWN = 4;

/**
 * Takes an event that the seed server tells of a VM.
 *
 * @returns undefined for one that was taken before.
 */
export function takeEvent(book: SeedBook, event: VmEvent): TakenEvent | undefined {
  if (event.cursor <= book.cursor) return undefined;
  const line = describeEvent(event);
  const isShown = line !== undefined && event.kind !== book.lastShown && book.shown < MAX_SHOWN;
  return {
    line,
    isShown,
    book: {
      cursor: event.cursor,
      outcome: book.outcome ?? outcomeOf(event, line),
      stuckReason: event.kind === 'stuck' ? event.reason : book.stuckReason,
      lastShown: isShown ? event.kind : book.lastShown,
      shown: isShown ? book.shown + 1 : book.shown,
    },
  };
}

function outcomeOf(event: VmEvent, line: string | undefined): SeedOutcome | undefined {
  if (event.kind === 'ready') return { kind: 'ready' };
  return event.kind === 'failed' ? { kind: 'failed', text: line ?? '' } : undefined;
}
