/** Refusals that are told one by one, in each window. */
const TOLD_IN_WINDOW = 10;
const WINDOW_MS = 60_000;

/** What becomes of one more refusal. */
export type Refusal =
  /** `untold`: how many were not, since the last one that was. */
  | { readonly kind: 'told'; readonly untold: number }
  /** `untilMs`: for how long whoever tries is asked to wait. */
  | { readonly kind: 'limited'; readonly untilMs: number };

/**
 * Keeps wrong tokens and the like from filling logs: after ten in a minute the others of that minute are only counted.
 * It is about what is told of them. What is right is let in all the same, as all of a host's users, and all behind a
 * proxy, come from one address.
 */
export interface RefusalLimit {
  refuse(): Refusal;
}

/** @param now ms since the epoch */
export function createRefusalLimit(now: () => number): RefusalLimit {
  let beganAt = Number.NEGATIVE_INFINITY;
  let refused = 0;
  let untold = 0;
  return {
    refuse: () => {
      const at = now();
      // A clock that was set back begins anew.
      if (at - beganAt >= WINDOW_MS || at < beganAt) [beganAt, refused] = [at, 0];
      refused += 1;
      if (refused > TOLD_IN_WINDOW) {
        untold += 1;
        return { kind: 'limited', untilMs: beganAt + WINDOW_MS - at };
      }
      const before = untold;
      untold = 0;
      return { kind: 'told', untold: before };
    },
  };
}
