/** What a series of measurements comes down to; in the unit of its samples. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The median is what is compared: one sample that was disturbed doesn't move it.
 *
 * @throws RangeError without samples
 */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [lower, upper] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (min === undefined || max === undefined || lower === undefined || upper === undefined) {
    throw new RangeError('Cannot summarize measurements: there are 0, at least 1 is needed');
  }
  return { median: (lower + upper) / 2, min, max };
}
