import { describeTrend, type Trend } from './trend.ts';

/** What the plugin uses at one moment when all VMs run. */
export interface SoakSample {
  /** After the first one. */
  readonly minute: number;
  readonly rssKib: number;
  readonly pssKib: number;
  readonly openFiles: number;
  readonly threads: number;
  /** The plugin and all below it: wrappers, tails, emulators, and what was not waited for. */
  readonly processes: number;
}

export type SoakMetric = 'rssKib' | 'pssKib' | 'openFiles' | 'threads' | 'processes';

/** @throws RangeError where there are too few samples */
export function describeSoak(samples: readonly SoakSample[]): Readonly<Record<SoakMetric, Trend>> {
  const trend = (metric: SoakMetric) =>
    describeTrend(samples.map(sample => ({ minute: sample.minute, value: sample[metric] })));
  return {
    rssKib: trend('rssKib'),
    pssKib: trend('pssKib'),
    openFiles: trend('openFiles'),
    threads: trend('threads'),
    processes: trend('processes'),
  };
}

/**
 * Objects that ended VMs have left behind, as a sentence; allowed is what a cache or a compiled function takes.
 *
 * @param liveHeapKib of the plugin after a garbage collection
 * @param ended how many VMs ended between the two
 */
export function judgeLiveHeap(
  liveHeapKib: { readonly first: number; readonly last: number },
  ended: number,
): readonly string[] {
  const each = (liveHeapKib.last - liveHeapKib.first) / ended;
  return each > MAX_LEFT_KIB
    ? [`each VM that ended left ${each.toFixed(1)} KiB of objects, ${MAX_LEFT_KIB} are allowed`]
    : [];
}

const MAX_LEFT_KIB = 8;

/**
 * What grew, each as a sentence. Files, threads and processes must be as many as at first.
 *
 * @param maxGrowthKib KiB a minute that memory may grow
 */
export function judgeSoak(samples: readonly SoakSample[], maxGrowthKib: number): readonly string[] {
  const { rssKib, pssKib } = describeSoak(samples);
  const first = samples[0];
  const last = samples.at(-1);
  const grew = (['openFiles', 'threads', 'processes'] as const).flatMap(metric => {
    const [before, after] = [first?.[metric] ?? 0, last?.[metric] ?? 0];
    return after > before ? [`${metric} grew from ${before} to ${after}`] : [];
  });
  const memory = Object.entries({ RSS: rssKib, PSS: pssKib }).flatMap(([name, { slope }]) =>
    slope > maxGrowthKib
      ? [`${name} grows by ${slope.toFixed(0)} KiB a minute, ${maxGrowthKib} are allowed`]
      : [],
  );
  return [...memory, ...grew];
}
