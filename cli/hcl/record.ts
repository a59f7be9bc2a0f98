/** A parsed value as an object; anything else, lists too, is empty. */
export function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The blocks of one kind: hcl2-parser gives a list, HCL's own JSON form may give one object. */
export function toBlocks(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(toRecord);
}
