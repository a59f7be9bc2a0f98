/** Values by the full name of the reference, such as `var.image`. */
export type KnownReferences = ReadonlyMap<string, unknown>;

/**
 * Puts in the values of the references that are known, everywhere in a parsed HCL value. A text that is one reference
 * and nothing else takes the value with its type. Other references stay as they are.
 */
export function resolveReferences(value: unknown, known: KnownReferences): unknown {
  if (typeof value === 'string') return resolveText(value, known);
  if (Array.isArray(value)) return value.map(item => resolveReferences(item, known));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveReferences(inner, known)]),
  );
}

/** Whether a value still holds something that only Nomad can evaluate, so that nobody can judge it here. */
export function isUnresolved(value: unknown): boolean {
  if (typeof value === 'string') return /[$%]\{/.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(isUnresolved);
}

function resolveText(text: string, known: KnownReferences): unknown {
  const whole = /^\$\{\s*([\w.-]+)\s*\}$/.exec(text)?.[1];
  if (whole !== undefined && known.has(whole)) return known.get(whole);
  return text.replace(/\$\{\s*([\w.-]+)\s*\}/g, (reference, name: string) => {
    const value = known.get(name);
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : reference;
  });
}
