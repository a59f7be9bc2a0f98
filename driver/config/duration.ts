const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a duration as Nomad writes it, `1m30s`, in milliseconds; undefined when it is none. */
export function parseDurationMs(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(?<number>\d+(?:\.\d+)?)(?<unit>ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, { groups }) => sum + Number(groups?.number) * (MS_PER_UNIT[groups?.unit ?? ''] ?? 0),
    0,
  );
}
