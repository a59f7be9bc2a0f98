/** One value of a metric. */
export interface Sample {
  /** What comes after the family's name: `_bucket`, `_sum` and `_count` of a histogram. @default '' */
  readonly suffix?: '' | '_bucket' | '_sum' | '_count';
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its values. Names as Prometheus wants them: base units, `_total` at the end of counters. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence. */
  readonly help: string;
  readonly samples: readonly Sample[];
}
