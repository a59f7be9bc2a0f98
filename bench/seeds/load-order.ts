/** What one load process is told. */
export interface LoadOrder {
  readonly port: number;
  readonly guests: readonly LoadGuest[];
}

/** A VM that boots against the server. */
export interface LoadGuest {
  readonly seedPath: string;
  readonly recording: number;
  /** Its own address, of the loopback network. */
  readonly from: string;
  /** In ms, after the start of all. */
  readonly beginAfterMs: number;
  /**
   * `burst`: each request follows at once; `paced`: not before the time at which the real guest sent it; `fetch`: the
   * files alone, at once.
   */
  readonly pace: 'burst' | 'paced' | 'fetch';
}

/** What a load process tells of its guests. Times are in ms since the epoch. */
export interface LoadReport {
  readonly beganAt: number;
  readonly endedAt: number;
  /** From the first packet to the whole answer. */
  readonly latenciesMs: readonly number[];
  /** What was no success, each with its number. */
  readonly failures: Readonly<Record<string, number>>;
}
