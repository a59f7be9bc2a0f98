import type { StopCause } from '../task-state.ts';
import type { SeedBook } from './seed-book.ts';

/** What `must_finish_within` says of a VM at one moment. */
export type FinishVerdict =
  /** cloud-init has ended well. */
  | { readonly kind: 'kept' }
  /** Nothing is decided for so long. */
  | { readonly kind: 'open'; readonly remainingMs: number }
  /** The time is over; who has not asked the server since then has to ask first. */
  | { readonly kind: 'over'; readonly cause: StopCause }
  | { readonly kind: 'failed'; readonly cause: StopCause };

/** Judges a VM of some age by what is known of its cloud-init. */
export function judgeFinish(
  { outcome, stuckReason }: Pick<SeedBook, 'outcome' | 'stuckReason'>,
  mustFinishWithinMs: number,
  ageMs: number,
): FinishVerdict {
  if (outcome?.kind === 'ready') return { kind: 'kept' };
  if (outcome !== undefined)
    return { kind: 'failed', cause: { code: 'cloud-init-failed', text: outcome.text } };
  const remainingMs = mustFinishWithinMs - ageMs;
  if (remainingMs > 0) return { kind: 'open', remainingMs };
  const why = stuckReason === undefined ? '' : `: ${stuckReason}`;
  const text = `cloud-init has not finished within ${formatTime(mustFinishWithinMs)}${why}`;
  return { kind: 'over', cause: { code: 'cloud-init-late', text } };
}

/** Such as `15 min`, `90 s`. */
function formatTime(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}
