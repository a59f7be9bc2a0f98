/** A value at a time. */
export interface Point {
  readonly minute: number;
  readonly value: number;
}

/** What became of a value over time. */
export interface Trend {
  readonly first: number;
  readonly last: number;
  readonly max: number;
  /** In units per minute. */
  readonly slope: number;
}

/** Describes points in the order of time. @throws RangeError when they are fewer than two */
export function describeTrend(points: readonly Point[]): Trend {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2)
    throw new RangeError(`Cannot tell a trend from ${points.length} samples: at least 2 are needed`);
  return {
    first: first.value,
    last: last.value,
    max: Math.max(...points.map(({ value }) => value)),
    slope: findSlope(points),
  };
}

/** The median of the slopes between all pairs of points (Theil and Sen): a garbage collection here or there doesn't move it. */
function findSlope(points: readonly Point[]): number {
  const slopes = points
    .flatMap((one, index) =>
      points.slice(index + 1).map(other => (other.value - one.value) / (other.minute - one.minute)),
    )
    .sort((a, b) => a - b);
  const middle = (slopes.length - 1) / 2;
  const [lower = 0, upper = 0] = [slopes[Math.floor(middle)], slopes[Math.ceil(middle)]];
  return (lower + upper) / 2;
}
