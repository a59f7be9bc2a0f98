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

/** Objects of the plugin in use at two looks, each after a garbage collection. */
export interface LiveHeap {
  readonly first: number;
  readonly last: number;
}

/** What each VM that ended between the two looks has left behind, in KiB. */
export function leftByEachKib(liveHeapKib: LiveHeap, ended: number): number {
  return (liveHeapKib.last - liveHeapKib.first) / ended;
}

/** The same as a sentence, where it is more than a cache or a compiled function takes. */
export function judgeLiveHeap(liveHeapKib: LiveHeap, ended: number): readonly string[] {
  const each = leftByEachKib(liveHeapKib, ended);
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
