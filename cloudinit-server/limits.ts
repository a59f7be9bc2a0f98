/** What one client may take from the server. Times are in ms. */
export interface ServerLimits {
  /** Until a request's headers are complete, from its first byte. */
  readonly headersTimeoutMs: number;
  /** Until the whole request is there. */
  readonly requestTimeoutMs: number;
  /** How often the two above are looked after. */
  readonly connectionsCheckMs: number;
  /** Without a byte in either direction; must be longer than `holdMs`, as a held guest says nothing. */
  readonly connectionTimeoutMs: number;
  /** A connection between two requests; guests open a new one for each. */
  readonly keepAliveTimeoutMs: number;
  /** Bytes of the request's first line and headers together. */
  readonly maxHeaderBytes: number;
  /**
   * How long a guest waits for a seed that is there but cannot be read at the moment, until it is told to come again. One
   * that would not come again waits until its connection ends.
   */
  readonly holdMs: number;
  /** How often it is tried again meanwhile. */
  readonly holdRetryMs: number;
  /** How long answers in flight may take when the server stops. */
  readonly closeTimeoutMs: number;
}

/** Generous to a real guest, which sends 150 bytes at once, and to nobody else. */
export const DEFAULT_LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  connectionsCheckMs: 2_000,
  connectionTimeoutMs: 120_000,
  keepAliveTimeoutMs: 5_000,
  maxHeaderBytes: 8_192,
  holdMs: 30_000,
  holdRetryMs: 500,
  closeTimeoutMs: 5_000,
};
