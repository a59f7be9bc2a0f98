/** The keys and values of a parsed JSON object; undefined for anything else, arrays included. */
export function toRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return { ...value };
}
