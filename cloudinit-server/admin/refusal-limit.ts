/** Refused tokens that are told one by one, in each window. */
const TOLD_IN_WINDOW = 10;
const WINDOW_MS = 60_000;

/** What becomes of one more refused token. */
export type Refusal =
  | { readonly kind: 'told' }
  /** `untilMs`: for how long whoever tries is asked to wait. */
  | { readonly kind: 'limited'; readonly untilMs: number };

/**
 * Keeps wrong tokens from filling the log: after ten in a minute the others of that minute are only counted. It never
 * keeps a right token out: all of the host's users, and all behind a proxy, come from one address.
 */
export interface RefusalLimit {
  refuse(): Refusal;
}

/** @param now ms since the epoch */
export function createRefusalLimit(now: () => number): RefusalLimit {
  let beganAt = Number.NEGATIVE_INFINITY;
  let told = 0;
  return {
    refuse: () => {
      const at = now();
      if (at - beganAt >= WINDOW_MS || at < beganAt) [beganAt, told] = [at, 0];
      told += 1;
      return told <= TOLD_IN_WINDOW
        ? { kind: 'told' }
        : { kind: 'limited', untilMs: beganAt + WINDOW_MS - at };
    },
  };
}
