import { type Summary, summarize } from './summary.ts';

/** What a series' median is to be. */
export type Goal =
  /** At most this, in the section's unit. */
  | { readonly kind: 'at-most'; readonly limit: number }
  /** At most this many times the baseline's median. */
  | { readonly kind: 'at-most-times'; readonly factor: number }
  | { readonly kind: 'below-baseline' };

/** One contestant and what was measured of it. */
export interface Series {
  readonly name: string;
  readonly samples: readonly number[];
  readonly goal?: Goal;
}

/** Series that were measured in turns, so that what disturbed one disturbed all. */
export interface Section {
  readonly title: string;
  readonly unit: 'ms' | 'MiB';
  /** The first one is the baseline of the others. */
  readonly series: readonly [Series, ...Series[]];
}

/** A series with what follows from it. */
export interface JudgedSeries extends Series {
  readonly summary: Summary;
  /** Of the medians; undefined for the baseline itself. */
  readonly ratio: number | undefined;
  /** Undefined where there is no goal. */
  readonly isMet: boolean | undefined;
}

/** @throws RangeError when a series is empty */
export function judgeSection({ series }: Section): readonly JudgedSeries[] {
  const [first] = series;
  const baseline = summarize(first.samples).median;
  return series.map(one => {
    const summary = summarize(one.samples);
    return {
      ...one,
      summary,
      ratio: one === first ? undefined : summary.median / baseline,
      isMet: one.goal === undefined ? undefined : meets(one.goal, summary.median, baseline),
    };
  });
}

function meets(goal: Goal, median: number, baseline: number): boolean {
  switch (goal.kind) {
    case 'at-most':
      return median <= goal.limit;
    case 'at-most-times':
      return median <= goal.factor * baseline;
    case 'below-baseline':
      return median < baseline;
  }
}
