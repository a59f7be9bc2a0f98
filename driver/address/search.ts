/** Why and since when addresses are looked for. Pure bookkeeping: what is looked at is somebody else's business. */
export interface AddressSearch {
  /** NICs whose address is not confirmed. */
  readonly pending: ReadonlySet<number>;
  /** By the monotonic clock, in ms; what sources say from before it proves nothing. */
  readonly startedAtMs: number;
  /** How long a NIC that has an address already is looked for again; one that has none is never given up. */
  readonly patienceMs: number;
}

/** Why a search starts. */
export type SearchReason = 'start' | 'plugin-restart' | 'guest-reboot' | 'guest-hint';

/** A guest takes minutes to boot under software emulation; a hint is worth little. */
const PATIENCE_MS: Readonly<Record<SearchReason, number>> = {
  start: 0,
  // One look.
  'plugin-restart': 0,
  'guest-reboot': 10 * 60_000,
  'guest-hint': 60_000,
};

/** IPv6 comes by itself within seconds, while DHCP may take its time; two events for one boot would be one too many. */
const IPV4_HEAD_START_MS = 20_000;
const EAGER_MS = 2 * 60_000;
const EAGER_PERIOD_MS = 1_000;
const SLOW_PERIOD_MS = 15_000;

/** Starts to look for the addresses of all these NICs. */
export function startSearch(
  reason: SearchReason,
  nics: readonly number[],
  startedAtMs: number,
): AddressSearch {
  return { pending: new Set(nics), startedAtMs, patienceMs: PATIENCE_MS[reason] };
}

/** What is left to be found, after a look. */
export function continueSearch(
  search: AddressSearch,
  found: readonly number[],
  known: readonly number[],
  nowMs: number,
): AddressSearch {
  const isOver = nowMs - search.startedAtMs >= search.patienceMs;
  const pending = [...search.pending].filter(nic => !found.includes(nic) && !(isOver && known.includes(nic)));
  return { ...search, pending: new Set(pending) };
}

/** How long to wait before the next look; undefined when nothing is to be found, so that no timer is needed. */
export function nextLookMs({ pending, startedAtMs }: AddressSearch, nowMs: number): number | undefined {
  if (pending.size === 0) return undefined;
  return nowMs - startedAtMs < EAGER_MS ? EAGER_PERIOD_MS : SLOW_PERIOD_MS;
}

/** Whether an IPv6 address will do by now. */
export function acceptsIpv6({ startedAtMs }: AddressSearch, nowMs: number): boolean {
  return nowMs - startedAtMs >= IPV4_HEAD_START_MS;
}
