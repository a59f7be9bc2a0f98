import type { MetricFamily } from './metric-family.ts';

/** A number for each set of labels that only grows, until the server starts again. */
export interface Counter<Label extends string> {
  add(labels: Readonly<Record<Label, string>>): void;
  read(): MetricFamily;
}

/** @param known label sets that are shown from the beginning, so that the first increase is seen as one */
export function createCounter<Label extends string>(
  facts: Pick<MetricFamily, 'name' | 'help'>,
  known: readonly Readonly<Record<Label, string>>[],
): Counter<Label> {
  const values = new Map(known.map(labels => [keyOf(labels), { labels, value: 0 }]));
  return {
    add: labels => {
      const key = keyOf(labels);
      values.set(key, { labels, value: (values.get(key)?.value ?? 0) + 1 });
    },
    read: () => ({ ...facts, type: 'counter', samples: [...values.values()] }),
  };
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return Object.values(labels).join('\n');
}
