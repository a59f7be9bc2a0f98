/** A map of a YAML document. */
export type YamlMap = Readonly<Record<string, unknown>>;

/** Whether a value is a map, and not a date or binary. */
export function isMap(value: unknown): value is YamlMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}

/** The maps of a list with their indexes; everything else is left out. */
export function listMaps(value: unknown): readonly (readonly [number, YamlMap])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, index) => (isMap(item) ? [[index, item] as const] : []));
}

/** A list as it is, a lone text as a list of one, nothing else. */
export function listTexts(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.filter(item => typeof item === 'string');
}
