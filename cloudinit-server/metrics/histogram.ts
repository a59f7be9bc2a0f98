import type { MetricFamily, Sample } from './metric-family.ts';

/** How many values of each label were how large, since the server's start. */
export interface Histogram<Value extends string> {
  observe(label: Value, value: number): void;
  read(): MetricFamily;
}

/** What a histogram is made of. */
export interface HistogramFacts<Value extends string> extends Pick<MetricFamily, 'name' | 'help'> {
  readonly label: string;
  readonly values: readonly Value[];
  /** Upper bounds, ascending; values above the last are counted too. */
  readonly buckets: readonly number[];
}

/** Creates an empty one. */
export function createHistogram<Value extends string>(facts: HistogramFacts<Value>): Histogram<Value> {
  const { name, help, label, values, buckets } = facts;
  const series = new Map(values.map(value => [value, { counts: buckets.map(() => 0), count: 0, sum: 0 }]));
  return {
    observe: (at, value) => {
      const known = series.get(at);
      if (known === undefined) return;
      const bucket = buckets.findIndex(bound => value <= bound);
      if (bucket >= 0) known.counts[bucket] = (known.counts[bucket] ?? 0) + 1;
      known.count += 1;
      known.sum += value;
    },
    read: () => {
      const samples = [...series].flatMap(([at, { counts, count, sum }]): readonly Sample[] => {
        let below = 0;
        const bounded = buckets.map((bound, index) => {
          below += counts[index] ?? 0;
          return { suffix: '_bucket' as const, labels: { [label]: at, le: String(bound) }, value: below };
        });
        return [
          ...bounded,
          { suffix: '_bucket', labels: { [label]: at, le: '+Inf' }, value: count },
          { suffix: '_sum', labels: { [label]: at }, value: sum },
          { suffix: '_count', labels: { [label]: at }, value: count },
        ];
      });
      return { name, help, type: 'histogram', samples };
    },
  };
}
